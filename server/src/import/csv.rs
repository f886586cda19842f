//! `andon import csv`: reads on one thread, writes on another, and marks in the database how far it came.

use super::WrongUse;
use super::columns::Wanted;
use super::file::{self, Input};
use super::rows::{BadRow, Form, Rows};
use super::work::{BadLines, Failure, bar, say, tenant_of, with_store};
use crate::settings::Settings;
use clap::Args;
use domain::time_format::TimeFormat;
use domain::zone::Zone;
use domain::{Reading, TenantId, Timestamp};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use store::{Import, ImportMark, Ingest, Store};
use tokio::sync::mpsc;

/// Readings that are written together; the mark moves with them.
const TOGETHER: usize = 20_000;

/// What to import.
#[derive(Clone, Debug, Args)]
pub struct CsvArgs {
    /// The file; - for the standard input; a name that ends with .gz is unpacked.
    file: PathBuf,
    /// Whose readings they are; may be left away where there is one tenant.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<TenantId>,
    /// The series of all rows.
    #[arg(long, value_name = "NAME", required_unless_present = "series_column", conflicts_with = "series_column")]
    series: Option<String>,
    /// The column that names each row's series, by name or position (from 1).
    #[arg(long, value_name = "COLUMN")]
    series_column: Option<String>,
    /// The column of the time, by name or position (from 1) [default: time, or the first].
    #[arg(long, value_name = "COLUMN")]
    time_column: Option<String>,
    /// The column of the value, by name or position (from 1) [default: value, or the second].
    #[arg(long, value_name = "COLUMN")]
    value_column: Option<String>,
    /// How times are written: rfc3339 (also wall time without a zone), s, ms, us, ns, or a pattern like %d.%m.%Y %H:%M:%S.
    #[arg(long, value_name = "FORMAT", default_value = "rfc3339")]
    format: String,
    /// Zone of wall times [default: the tenant's].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What stands between two cells; `tab` for a tabulator.
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    delimiter: String,
    /// Decimals stand behind a comma: 21,5.
    #[arg(long)]
    decimal_comma: bool,
    /// Ends when more lines than this cannot be read.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    max_errors: u64,
    /// Reads everything, writes nothing, and says what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Begins with the first row even if an import of this file came further.
    #[arg(long)]
    from_start: bool,
}

/// What was found in the file.
#[derive(Clone, Copy, Debug)]
struct Found {
    rows: u64,
    gaps: u64,
    bad: BadLines,
    /// Rows that an earlier import stored.
    before: u64,
    ends: Option<(Timestamp, Timestamp)>,
}

/// Readings, and the mark to set when they are stored.
type Part = (Vec<Reading>, ImportMark);

/// Imports a file; the error of lines that could not be read comes after everything else was stored.
pub async fn import_csv(settings: Settings, arguments: CsvArgs) -> Result<(), Failure> {
    let (tenant, form) = arguments.form(&settings.store)?;
    let input = arguments.open()?;
    let key = form.key(input.head);
    let found = if arguments.dry_run {
        let (sender, mut parts) = mpsc::channel::<Part>(2);
        let (found, ()) = tokio::join!(arguments.read(input, form, None, sender), async { while parts.recv().await.is_some() {} });
        found?
    } else {
        with_store(settings, async |store| arguments.store(store, &tenant, &key, input, form).await).await?
    };
    say(&found.summary(arguments.dry_run));
    found.bad.outcome("--format, --zone, --time-column, --value-column and --max-errors")
}

impl CsvArgs {
    fn form(&self, settings: &store::Settings) -> Result<(TenantId, Form), WrongUse> {
        let wrong = |option: &str, error: &dyn std::fmt::Display| WrongUse(format!("{option}: {error}"));
        let tenant = tenant_of(self.tenant.as_ref(), settings)?;
        let series = self.series.as_deref().map(crate::ingest::named).transpose().map_err(|e| wrong("--series", &e))?;
        let zone: Option<Zone> = self.zone.as_ref().map(|name| name.parse()).transpose().map_err(|e| wrong("--zone", &e))?;
        let format: TimeFormat = self.format.parse().map_err(|e| wrong("--format", &e))?;
        let delimiter = match self.delimiter.as_bytes() {
            b"tab" | b"\\t" => b'\t',
            [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => *one,
            _ => return Err(WrongUse(format!("--delimiter `{}`: write one character, for example ; or tab", self.delimiter))),
        };
        let wanted = Wanted { time: self.time_column.clone(), value: self.value_column.clone(), series: self.series_column.clone() };
        let form = Form { wanted, series, format, zone: zone.unwrap_or(tenant.zone), delimiter, decimal_comma: self.decimal_comma };
        Ok((tenant.id.clone(), form))
    }

    fn open(&self) -> Result<Input, Failure> {
        file::open(&self.file).map_err(|error| WrongUse(format!("cannot read {}: {error}", self.file.display())).into())
    }

    /// Reads the file into the database, from where an earlier import of it stopped.
    async fn store(&self, store: &Store, tenant: &TenantId, key: &str, input: Input, form: Form) -> Result<Found, Failure> {
        let (mut import, mark) = store.import(tenant, key).await?;
        // What was read from the standard input cannot be read again if it turns out to be another file.
        let mark = mark.filter(|_| !self.from_start && input.length.is_some());
        let begin = |input, mark| {
            let (sender, parts) = mpsc::channel(2);
            (self.read(input, form.clone(), mark, sender), parts)
        };
        let ingest = store.ingest();
        let (reading, parts) = begin(input, mark);
        match tokio::join!(reading, write(&ingest, tenant, parts, &mut import)) {
            (_, Err(error)) => Err(error),
            (Err(error), _) if error.is::<OtherFile>() => {
                let (reading, parts) = begin(self.open()?, None);
                let (found, written) = tokio::join!(reading, write(&ingest, tenant, parts, &mut import));
                written.and(found)
            }
            (found, Ok(())) => found,
        }
    }

    /// Reads the file on a thread of its own and hands on what comes after `mark`.
    async fn read(&self, input: Input, form: Form, mark: Option<ImportMark>, sender: mpsc::Sender<Part>) -> Result<Found, Failure> {
        let most = self.max_errors;
        tokio::task::spawn_blocking(move || read(input, form, mark, most, &sender)).await?
    }
}

/// The file begins like one that was imported and goes on otherwise.
#[derive(Debug, thiserror::Error)]
#[error("another file")]
struct OtherFile;

fn read(input: Input, form: Form, mark: Option<ImportMark>, most_bad: u64, sender: &mpsc::Sender<Part>) -> Result<Found, Failure> {
    let bar = bar(input.length);
    let mut rows = Rows::open(input.bytes, form)?;
    let mut found = Found { rows: 0, gaps: 0, bad: BadLines::new(most_bad), before: 0, ends: None };
    let mut part = Vec::with_capacity(TOGETHER);
    let mark = mark.unwrap_or(rows.mark);
    let mut passed = rows.mark == mark;
    while let Some(row) = rows.next() {
        match row {
            Ok(reading) if passed => {
                found.take(&reading);
                part.push(reading);
            }
            Ok(_) => {}
            Err(error @ BadRow::Broken(_)) => return Err(error.into()),
            Err(error) => {
                if found.bad.one_more(&bar, &error) {
                    break;
                }
            }
        }
        if !passed && rows.mark.rows == mark.rows {
            if rows.mark.digest != mark.digest {
                return Err(OtherFile.into());
            }
            passed = true;
            found.before = mark.rows;
        }
        if part.len() == TOGETHER {
            bar.set_position(input.read.load(Ordering::Relaxed));
            if sender.blocking_send((std::mem::take(&mut part), rows.mark)).is_err() {
                return Ok(found);
            }
        }
    }
    if !passed && !found.bad.gave_up() {
        return Err(OtherFile.into());
    }
    // The receiver ends first only when writing failed, and then that is the error.
    let _ = sender.blocking_send((part, rows.mark));
    bar.finish_and_clear();
    Ok(found)
}

/// Writes part after part; the mark follows what is stored in the database itself.
async fn write(ingest: &Ingest, tenant: &TenantId, mut parts: mpsc::Receiver<Part>, import: &mut Import) -> Result<(), Failure> {
    while let Some((readings, mark)) = parts.recv().await {
        let spilled = !readings.is_empty() && ingest.write(tenant, readings).await?.spilled;
        if !spilled {
            import.reached(mark).await?;
        }
    }
    Ok(())
}

impl Found {
    fn take(&mut self, reading: &Reading) {
        self.rows += 1;
        self.gaps += u64::from(reading.value.is_none());
        let (first, last) = self.ends.unwrap_or((reading.time, reading.time));
        self.ends = Some((first.min(reading.time), last.max(reading.time)));
    }

    fn summary(&self, dry: bool) -> String {
        let Self { rows, gaps, bad, before, ends } = self;
        let done = if dry { "would import" } else { "imported" };
        let gaps = if *gaps > 0 { format!(", {gaps} of them gaps") } else { String::new() };
        let ends = ends.map_or(String::new(), |(first, last)| format!(", from {} to {}", first.rfc3339(), last.rfc3339()));
        let before = if *before > 0 { format!("; {before} rows were imported before") } else { String::new() };
        let bad = bad.told();
        let nothing = if dry { "; nothing was written" } else { "" };
        format!("{done} {rows} readings{gaps}{ends}{before}{bad}{nothing}")
    }
}
