//! `andon import shdr`: the log of an adapter, in the order of its lines, once, however often it is imported.

mod lines;

use super::WrongUse;
use super::file::{self, Input, START};
use super::work::{Failure, bar, complain, say, tenant_of, with_store};
use crate::ingest::machine::{ALIVE_US, Keeper, Told, introduce};
use crate::settings::Settings;
use clap::Args;
use domain::machine::Keys;
use domain::machine::keys::Names;
use domain::{MachineId, TenantId, Timestamp};
use lines::{BadLine, Lines};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use store::{Appended, Import, ImportMark, Store};
use tokio::sync::mpsc;

/// Lines after which the mark moves.
const TOGETHER: u64 = 20_000;
/// Bad lines that are printed.
const PRINTED: u64 = 10;

/// What to import.
#[derive(Clone, Debug, Args)]
pub struct ShdrArgs {
    /// The file; - for the standard input; a name that ends with .gz or .xz is unpacked.
    file: PathBuf,
    /// Whose machine it is; may be left away where there is one tenant.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<TenantId>,
    /// The machine; where it is not part of the plant yet, it is added.
    #[arg(long, value_name = "MACHINE")]
    machine: MachineId,
    /// Where lines name their device (device:key), the one that is meant.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// The key of an item where it is not the usual one, such as state=exec1; state, mode, emergency_stop, total, good, reject,
    /// rework, product, reason. May be given several times [default: those of the machine's [[machine_source]]].
    #[arg(long = "key", value_name = "ITEM=KEY")]
    keys: Vec<String>,
    /// Ends when more lines than this cannot be read.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    max_errors: u64,
    /// Reads everything, writes nothing, and says what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Begins with the first line even if an import of this file came further.
    #[arg(long)]
    from_start: bool,
}

/// How the lines of one machine are read.
#[derive(Clone, Debug)]
struct Form {
    keys: Keys,
    device: Option<String>,
    alive_us: i64,
    most_bad: u64,
}

/// What was found in the file.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    lines: u64,
    observations: u64,
    bad: u64,
    /// Lines that an earlier import read.
    before: u64,
    ends: Option<(Timestamp, Timestamp)>,
    /// Ended because too many lines were bad.
    gave_up: bool,
}

/// Observations, and the mark to set when they are stored.
type Part = (Vec<Told>, ImportMark);

/// Imports a file; the error of lines that could not be read comes after everything else was stored.
pub async fn import_shdr(settings: Settings, arguments: ShdrArgs) -> Result<(), Failure> {
    let tenant = tenant_of(arguments.tenant.as_ref(), &settings.store)?.id.clone();
    let form = arguments.form(&settings, &tenant)?;
    let input = arguments.open()?;
    let (found, appended) = if arguments.dry_run {
        let (sender, mut parts) = mpsc::channel::<Part>(2);
        let (found, ()) = tokio::join!(read(input, form.clone(), None, sender), async { while parts.recv().await.is_some() {} });
        (found?, None)
    } else {
        let (found, appended) = with_store(settings, async |store| arguments.store(store, &tenant, input, &form).await).await?;
        (found, Some(appended))
    };
    say(&found.summary(appended));
    match found.bad {
        _ if found.gave_up => {
            Err(format!("more than {} lines cannot be read, so the rest was not looked at; see --max-errors", arguments.max_errors).into())
        }
        0 => Ok(()),
        1 => Err("1 line could not be read".into()),
        bad => Err(format!("{bad} lines could not be read").into()),
    }
}

impl ShdrArgs {
    fn form(&self, settings: &Settings, tenant: &TenantId) -> Result<Form, WrongUse> {
        let source = settings.ingest.machines.iter().find(|source| source.machine == self.machine && source.tenant == *tenant);
        let (mut keys, alive_us, device) = source
            .map_or_else(|| (Keys::default(), ALIVE_US, None), |source| (source.keys.clone(), source.alive_us, source.device.clone()));
        for written in &self.keys {
            let wrong = || WrongUse(format!("--key `{written}`: write ITEM=KEY, such as state=execution or total=PartCountAct"));
            let (item, key) = written.split_once('=').filter(|(_, key)| !key.is_empty()).ok_or_else(wrong)?;
            *keys.of_mut(item).ok_or_else(wrong)? = Names::of(&[key]);
        }
        Ok(Form { keys, device: self.device.clone().or(device), alive_us, most_bad: self.max_errors })
    }

    fn open(&self) -> Result<Input, Failure> {
        file::open(&self.file).map_err(|error| WrongUse(format!("cannot read {}: {error}", self.file.display())).into())
    }

    /// Reads the file into the database, from where an earlier import of it stopped. Files of one adapter often begin alike
    /// and go on otherwise: each has a mark of its own, and is told from the others by the digest of what was read of it.
    async fn store(&self, store: &Store, tenant: &TenantId, input: Input, form: &Form) -> Result<(Found, Appended), Failure> {
        let added = introduce(store, tenant, &self.machine, "its log was imported").await?;
        added.iter().for_each(|difference| say(&difference.to_string()));
        let head = input.head;
        let mut input = Some(input);
        for alike in 1_u32.. {
            let origin = format!("shdr {head:016x}{}", if alike == 1 { String::new() } else { format!(" {alike}") });
            let (mut import, mark) = store.import(tenant, &format!("{origin} {}", self.machine)).await?;
            // What was read from the standard input cannot be read again if it turns out to be another file.
            let mark = mark.filter(|_| !self.from_start && self.file.as_os_str() != "-");
            let input = input.take().map_or_else(|| self.open(), Ok)?;
            let (sender, parts) = mpsc::channel(2);
            let keeper = Keeper::new(store, tenant.clone(), self.machine.clone(), "import");
            match tokio::join!(read(input, form.clone(), mark, sender), write(&keeper, &origin, parts, &mut import)) {
                (_, Err(error)) => return Err(error),
                (Err(error), _) if error.is::<OtherFile>() => {}
                (found, Ok(appended)) => return Ok((found?, appended)),
            }
        }
        Err("too many files begin alike".into())
    }
}

/// The file begins like one that was imported and goes on otherwise.
#[derive(Debug, thiserror::Error)]
#[error("another file")]
struct OtherFile;

/// Reads the file on a thread of its own and hands on what comes after `mark`.
async fn read(input: Input, form: Form, mark: Option<ImportMark>, sender: mpsc::Sender<Part>) -> Result<Found, Failure> {
    tokio::task::spawn_blocking(move || read_lines(input, &form, mark, &sender)).await?
}

fn read_lines(input: Input, form: &Form, mark: Option<ImportMark>, sender: &mpsc::Sender<Part>) -> Result<Found, Failure> {
    let bar = bar(input.length);
    let mut lines = Lines::open(input.bytes, form.keys.clone(), form.device.clone(), form.alive_us)?;
    let mut found = Found::default();
    let mut part = Vec::new();
    let mark = mark.unwrap_or(ImportMark { rows: 0, digest: START });
    let mut passed = lines.mark == mark;
    while let Some(read) = lines.next(&mut part) {
        match read {
            Ok(()) => {}
            Err(error @ BadLine::Broken(_)) => return Err(error.into()),
            Err(_) if !passed => {}
            Err(error) => {
                found.bad += 1;
                if found.bad <= PRINTED {
                    bar.suspend(|| complain(&error.to_string()));
                }
                if found.bad > form.most_bad {
                    found.gave_up = true;
                    break;
                }
            }
        }
        if !passed {
            part.clear();
            if lines.mark.rows == mark.rows {
                if lines.mark.digest != mark.digest {
                    return Err(OtherFile.into());
                }
                passed = true;
                found.before = mark.rows;
            }
            continue;
        }
        found.lines += 1;
        if lines.mark.rows.is_multiple_of(TOGETHER) {
            bar.set_position(input.read.load(Ordering::Relaxed));
            found.take(&part);
            if sender.blocking_send((std::mem::take(&mut part), lines.mark)).is_err() {
                return Ok(found);
            }
        }
    }
    if !passed {
        return Err(OtherFile.into());
    }
    lines.finish(&mut part);
    found.take(&part);
    // The receiver ends first only when writing failed, and then that is the error.
    let _ = sender.blocking_send((part, lines.mark));
    bar.finish_and_clear();
    Ok(found)
}

/// Writes part after part; the mark follows what is stored.
async fn write(keeper: &Keeper, origin: &str, mut parts: mpsc::Receiver<Part>, import: &mut Import) -> Result<Appended, Failure> {
    let mut all = Appended::default();
    while let Some((told, mark)) = parts.recv().await {
        let Appended { stored, known, refused } = keeper.append(origin, told).await?;
        all = Appended { stored: all.stored + stored, known: all.known + known, refused: all.refused + refused };
        import.reached(mark).await?;
    }
    Ok(all)
}

impl Found {
    fn take(&mut self, part: &[Told]) {
        self.observations += part.len() as u64;
        for (_, observation) in part {
            let (first, last) = self.ends.unwrap_or((observation.stamp, observation.stamp));
            self.ends = Some((first.min(observation.stamp), last.max(observation.stamp)));
        }
    }

    fn summary(&self, appended: Option<Appended>) -> String {
        let Self { lines, observations, bad, before, ends, gave_up: _ } = self;
        let ends = ends.map_or(String::new(), |(first, last)| format!(", from {} to {}", first.rfc3339(), last.rfc3339()));
        let before = if *before > 0 { format!("; {before} lines were imported before") } else { String::new() };
        let bad = match bad {
            0 => String::new(),
            1 => "; 1 line could not be read".to_owned(),
            bad => format!("; {bad} lines could not be read"),
        };
        match appended {
            None => format!("would import {observations} observations of {lines} lines{ends}{bad}; nothing was written"),
            Some(Appended { stored, known, refused }) => {
                let known = if known > 0 { format!("; {known} observations were known") } else { String::new() };
                let refused = if refused > 0 { format!("; {refused} with a wrong clock are in quarantine") } else { String::new() };
                format!("imported {stored} observations of {lines} lines{ends}{before}{known}{refused}{bad}")
            }
        }
    }
}
