//! `andon import shdr`: the log of an adapter, in the order of its lines, once, however often it is imported.

mod identity;
mod lines;

use super::WrongUse;
use super::file::{self, Input};
use super::work::{BadLines, Failure, bar, say, tenant_of, with_store};
use crate::ingest::machine::{ALIVE_US, Keeper, Told, introduce};
use crate::settings::Settings;
use clap::Args;
use domain::machine::Keys;
use domain::machine::keys::Names;
use domain::{MachineId, TenantId, Timestamp};
use identity::{Known, Source, identify};
use lines::{BadLine, Lines};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use store::{Appended, Import, ImportMark, Store};
use tokio::sync::mpsc;

/// Lines after which the mark moves.
const TOGETHER: u64 = 20_000;

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
    /// The file is another one, though a longer one that begins alike was imported.
    #[arg(long)]
    another: bool,
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
#[derive(Clone, Copy, Debug)]
struct Found {
    lines: u64,
    observations: u64,
    bad: BadLines,
    /// Lines that an earlier import read.
    before: u64,
    ends: Option<(Timestamp, Timestamp)>,
}

/// Observations, and the mark to set when they are stored.
type Part = (Vec<Told>, ImportMark);

/// Imports a file; the error of lines that could not be read comes after everything else was stored.
pub async fn import_shdr(settings: Settings, arguments: ShdrArgs) -> Result<(), Failure> {
    let tenant = tenant_of(arguments.tenant.as_ref(), &settings.store)?.id.clone();
    let form = arguments.form(&settings, &tenant)?;
    let source = arguments.source()?;
    let (found, appended) = if arguments.dry_run {
        let (sender, mut parts) = mpsc::channel::<Part>(2);
        let (found, ()) = tokio::join!(read(source.open()?, form.clone(), 0, sender), async { while parts.recv().await.is_some() {} });
        (found?, None)
    } else {
        let (found, appended) = with_store(settings, async |store| arguments.store(store, &tenant, &source, &form).await).await?;
        (found, Some(appended))
    };
    say(&found.summary(appended));
    found.bad.outcome("--max-errors")
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

    /// The standard input is kept, because it is read more than once.
    fn source(&self) -> Result<Source, Failure> {
        let wrong = |error| WrongUse(format!("cannot read {}: {error}", self.file.display()));
        if self.file.as_os_str() != "-" {
            file::open(&self.file).map_err(wrong)?;
            return Ok(Source::File(self.file.clone()));
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(wrong)?;
        Ok(Source::Memory(bytes.into()))
    }

    /// Reads the file into the database, from where an earlier import of it stopped.
    async fn store(&self, store: &Store, tenant: &TenantId, source: &Source, form: &Form) -> Result<(Found, Appended), Failure> {
        // A file that says nothing adds no machine: its name may be a slip, and so may the file.
        if says_anything(source.open()?, form.clone()).await? {
            let added = introduce(store, tenant, &self.machine, "its log was imported").await?;
            added.iter().for_each(|difference| say(&difference.to_string()));
        }
        let Known { origin, mut import, mark } = identify(store, tenant, &self.machine, source, self.another).await?;
        let from = if self.from_start { 0 } else { mark.map_or(0, |mark| mark.rows) };
        let (sender, parts) = mpsc::channel(2);
        let keeper = Keeper::new(store, tenant.clone(), self.machine.clone(), "import");
        let (found, appended) = tokio::join!(
            read(source.open()?, form.clone(), from, sender),
            write(&keeper, &origin, parts, (&mut import, mark.map_or(0, |mark| mark.rows)))
        );
        Ok((found?, appended?))
    }
}

/// Whether any line of a file is an observation.
async fn says_anything(input: Input, form: Form) -> Result<bool, Failure> {
    let look = move || -> Result<bool, Failure> {
        let mut lines = Lines::open(input.bytes, form.keys, form.device, form.alive_us, app::clock::now())?;
        let mut part = Vec::new();
        while part.is_empty() && lines.next(&mut part).is_some() {}
        lines.finish(&mut part);
        Ok(!part.is_empty())
    };
    tokio::task::spawn_blocking(look).await?
}

/// Reads the file on a thread of its own and hands on what comes after its first `from` lines.
async fn read(input: Input, form: Form, from: u64, sender: mpsc::Sender<Part>) -> Result<Found, Failure> {
    tokio::task::spawn_blocking(move || read_lines(input, &form, from, &sender)).await?
}

fn read_lines(input: Input, form: &Form, from: u64, sender: &mpsc::Sender<Part>) -> Result<Found, Failure> {
    let bar = bar(input.length);
    let mut lines = Lines::open(input.bytes, form.keys.clone(), form.device.clone(), form.alive_us, app::clock::now())?;
    let mut found = Found { lines: 0, observations: 0, bad: BadLines::new(form.most_bad), before: 0, ends: None };
    let mut part = Vec::new();
    while let Some(read) = lines.next(&mut part) {
        let mark = lines.mark();
        if mark.rows <= from {
            part.clear();
            found.before = mark.rows;
            continue;
        }
        found.lines += 1;
        match read {
            Ok(()) => {}
            Err(error @ BadLine::Broken(_)) => return Err(error.into()),
            Err(error) => {
                if found.bad.one_more(&bar, &error) {
                    break;
                }
            }
        }
        if mark.rows.is_multiple_of(TOGETHER) {
            bar.set_position(input.read.load(Ordering::Relaxed));
            found.take(&part);
            if sender.blocking_send((std::mem::take(&mut part), mark)).is_err() {
                return Ok(found);
            }
        }
    }
    lines.finish(&mut part);
    found.take(&part);
    // The receiver ends first only when writing failed, and then that is the error.
    let _ = sender.blocking_send((part, lines.mark()));
    bar.finish_and_clear();
    Ok(found)
}

/// Writes part after part; the mark follows what is stored.
async fn write(
    keeper: &Keeper,
    origin: &str,
    mut parts: mpsc::Receiver<Part>,
    (import, reached): (&mut Import, u64),
) -> Result<Appended, Failure> {
    let mut all = Appended::default();
    while let Some((told, mark)) = parts.recv().await {
        let Appended { stored, known, refused } = keeper.append(origin, told).await?;
        all = Appended { stored: all.stored + stored, known: all.known + known, refused: all.refused + refused };
        // Of a file that is read again from its start, less may be read than was before.
        if mark.rows > reached {
            import.reached(mark).await?;
        }
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
        let Self { lines, observations, bad, before, ends } = self;
        let ends = ends.map_or(String::new(), |(first, last)| format!(", from {} to {}", first.rfc3339(), last.rfc3339()));
        let before = if *before > 0 { format!("; {before} lines were imported before") } else { String::new() };
        let bad = bad.told();
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
