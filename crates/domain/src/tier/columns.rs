//! One column of a packed row: whole numbers as offsets from the smallest in 0, 1, 2, 4 or 8 bytes each, and
//! values in the smallest form that gives back every bit.

use super::pack::BadTier;

/// Bytes that are read from the front; every read is checked.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], BadTier> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BadTier::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, BadTier> {
        self.take(1)?.first().copied().ok_or(BadTier::Short)
    }

    pub(super) fn i64(&mut self) -> Result<i64, BadTier> {
        let bytes: [u8; 8] = self.take(8)?.try_into().map_err(|_| BadTier::Short)?;
        Ok(i64::from_le_bytes(bytes))
    }
}

/// Writes whole numbers: smallest, common unit of the offsets, bytes of an offset, offsets.
pub(super) fn write_whole(out: &mut Vec<u8>, numbers: &[i64]) {
    let base = numbers.iter().copied().min().unwrap_or(0);
    let offsets: Vec<u64> = numbers.iter().map(|n| n.wrapping_sub(base) as u64).collect();
    let unit = offsets.iter().fold(0, |unit, offset| common_divisor(unit, *offset)).max(1);
    let largest = offsets.iter().copied().max().unwrap_or(0) / unit;
    let width = match largest {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    out.push(width);
    write_varint(out, zigzag(base));
    if width == 0 {
        return;
    }
    write_varint(out, unit);
    for offset in offsets {
        out.extend((offset / unit).to_le_bytes().into_iter().take(usize::from(width)));
    }
}

/// Reads `length` whole numbers in place of what `numbers` held. Each form is one straight loop.
pub(super) fn read_whole(reader: &mut Reader<'_>, length: usize, numbers: &mut Vec<i64>) -> Result<(), BadTier> {
    numbers.clear();
    let width = reader.byte()?;
    let base = unzigzag(read_varint(reader)?);
    if width == 0 {
        numbers.resize(length, base);
        return Ok(());
    }
    let unit = read_varint(reader)?;
    let number = |offset: u64| base.wrapping_add(offset.wrapping_mul(unit) as i64);
    match width {
        1 => numbers.extend(reader.take(length)?.iter().map(|byte| number(u64::from(*byte)))),
        2 => numbers.extend(fixed(reader, length)?.iter().map(|bytes| number(u64::from(u16::from_le_bytes(*bytes))))),
        4 => numbers.extend(fixed(reader, length)?.iter().map(|bytes| number(u64::from(u32::from_le_bytes(*bytes))))),
        8 => numbers.extend(fixed(reader, length)?.iter().map(|bytes| number(u64::from_le_bytes(*bytes)))),
        _ => return Err(BadTier::Malformed),
    }
    Ok(())
}

/// Forms of a column of values.
const DOUBLE: u8 = 255;
const SINGLE: u8 = 254;
/// A form below this is a number of decimal digits.
const MOST_DIGITS: u8 = 9;

/// The form that gives back every bit of all these values: few decimals, 32 bits, or as they are.
pub(super) fn form(values: impl Iterator<Item = f64> + Clone) -> u8 {
    if let Some(digits) = (0..=MOST_DIGITS).find(|digits| values.clone().all(|v| decimal(v, *digits).is_some())) {
        return digits;
    }
    if values.clone().all(|v| f64::from(v as f32).to_bits() == v.to_bits()) { SINGLE } else { DOUBLE }
}

/// Writes values in a form that [`form`] chose for them.
pub(super) fn write_values(out: &mut Vec<u8>, form: u8, values: &[f64]) {
    match form {
        DOUBLE => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
        SINGLE => values.iter().for_each(|v| out.extend((*v as f32).to_le_bytes())),
        digits => write_whole(out, &values.iter().map(|v| decimal(*v, digits).unwrap_or(0)).collect::<Vec<_>>()),
    }
}

/// Reads `length` values of a form in place of what `values` held.
pub(super) fn read_values(
    reader: &mut Reader<'_>,
    form: u8,
    length: usize,
    whole: &mut Vec<i64>,
    values: &mut Vec<f64>,
) -> Result<(), BadTier> {
    values.clear();
    match form {
        DOUBLE => values.extend(fixed(reader, length)?.iter().map(|bytes| f64::from_le_bytes(*bytes))),
        SINGLE => values.extend(fixed(reader, length)?.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)))),
        digits if digits <= MOST_DIGITS => {
            let scale = 10_f64.powi(i32::from(digits));
            read_whole(reader, length, whole)?;
            values.extend(whole.iter().map(|whole| *whole as f64 / scale));
        }
        _ => return Err(BadTier::Malformed),
    }
    Ok(())
}

/// The next `length` groups of so many bytes.
fn fixed<'a, const N: usize>(reader: &mut Reader<'a>, length: usize) -> Result<&'a [[u8; N]], BadTier> {
    let bytes = reader.take(length.checked_mul(N).ok_or(BadTier::Short)?)?;
    Ok(bytes.as_chunks::<N>().0)
}

fn decimal(value: f64, digits: u8) -> Option<i64> {
    let scale = 10_f64.powi(i32::from(digits));
    let whole = (value * scale).round();
    (whole.abs() < 9e15 && (whole / scale).to_bits() == value.to_bits()).then_some(whole as i64)
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_varint(reader: &mut Reader<'_>) -> Result<u64, BadTier> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = reader.byte()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(BadTier::Malformed)
}
