//! Files of every format: whatever the bytes, the readers return, and what they say fits together.

use std::{fmt::Display, io::Cursor, time::Duration};

use rtalloc::{
    Address, NextHop, Options, Prefix, Route, Table,
    input::{
        AnyUpdate, InputError, ReadOptions, Skipped, Source, TableFile, Update, for_each_address,
        for_each_update, read_table,
    },
};

const STRICT: ReadOptions = ReadOptions { lenient: false };
const LENIENT: ReadOptions = ReadOptions { lenient: true };

fn source(bytes: &[u8]) -> Result<Source, InputError> {
    Source::from_reader("file", Cursor::new(bytes.to_vec()))
}

fn table(bytes: &[u8], options: ReadOptions) -> Result<TableFile, InputError> {
    read_table(source(bytes)?, options, &mut |_| {})
}

/// An update, and when it was recorded.
type Told = (AnyUpdate, Option<Duration>);

/// The updates handed over, with the end of the reading.
fn updates(bytes: &[u8], options: ReadOptions) -> (Vec<Told>, Result<Skipped, InputError>) {
    let mut updates = Vec::new();
    let end = source(bytes).and_then(|source| {
        for_each_update(source, options, &mut |_| {}, |update, time| updates.push((update, time)))
    });
    (updates, end)
}

/// Reads `bytes` as a table, as updates and as addresses, strictly and leniently.
pub fn read_every_way(bytes: &[u8]) {
    read_as_table(bytes);
    read_as_updates(bytes);
    let addresses = |options| {
        let mut addresses = Vec::new();
        let end = source(bytes).and_then(|source| {
            for_each_address(source, options, &mut |_| {}, |it| addresses.push(it))
        });
        (addresses, end)
    };
    let (strict, lenient) = (addresses(STRICT), addresses(LENIENT));
    compare(strict.1, lenient.1, || assert_eq!(strict.0, lenient.0));
}

fn read_as_table(bytes: &[u8]) {
    let (strict, lenient) = (table(bytes, STRICT), table(bytes, LENIENT));
    if let Ok(file) = &lenient {
        assert!(file.v4.is_sorted_by(|one, other| one.0 < other.0), "sorted, each once");
        assert!(file.v6.is_sorted_by(|one, other| one.0 < other.0), "sorted, each once");
        read_what_is_written(file);
        fill(file);
    }
    match (strict, lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert_eq!((&strict.v4, &strict.v6), (&lenient.v4, &lenient.v6));
            compare(Ok(strict.skipped), Ok(lenient.skipped), || {
                assert_eq!(strict.duplicates, lenient.duplicates);
            });
        }
        (strict, lenient) => {
            compare(strict.map(|it| it.skipped), lenient.map(|it| it.skipped), || {});
        }
    }
}

fn read_as_updates(bytes: &[u8]) {
    let (strict, lenient) = (updates(bytes, STRICT), updates(bytes, LENIENT));
    assert!(lenient.0.starts_with(&strict.0), "a strict reading is the same up to the fault");
    compare(strict.1, lenient.1, || assert_eq!(strict.0.len(), lenient.0.len()));
    if lenient.0.is_empty() {
        return;
    }
    let lines: String = lenient.0.iter().map(|(update, _)| line(update)).collect();
    let (again, end) = updates(lines.as_bytes(), STRICT);
    assert!(end.is_ok(), "{end:?}: {lines}");
    // Lines say no times.
    let untimed: Vec<Told> = lenient.0.into_iter().map(|(update, _)| (update, None)).collect();
    assert_eq!(again, untimed);
}

/// A strict success is a lenient success without faults, for which `same` compares what was read;
/// a strict failure is a lenient one, or one with faults.
fn compare(
    strict: Result<Skipped, InputError>,
    lenient: Result<Skipped, InputError>,
    same: impl FnOnce(),
) {
    match (strict, lenient) {
        (Ok(_), lenient) => {
            assert_eq!(
                lenient.expect("the lenient reader takes what the strict one takes").total(),
                0
            );
            same();
        }
        (Err(fault), Ok(skipped)) => {
            assert!(skipped.total() > 0, "{fault} was passed over without a count");
            let kinds: u64 = skipped.by_kind().map(|(_, count)| count).sum();
            assert_eq!(kinds, skipped.total());
            assert_eq!(
                skipped.first()[0].to_string(),
                fault.to_string(),
                "the first fault of both"
            );
        }
        (Err(fault), Err(other)) => {
            assert!(!fault.to_string().is_empty() && !other.to_string().is_empty())
        }
    }
}

fn route<A: Address>(route: &(Prefix<A>, Option<NextHop>)) -> String {
    match route {
        (prefix, Some(next_hop)) => format!("{prefix} {next_hop}\n"),
        (prefix, None) => format!("{prefix}\n"),
    }
}

fn line(update: &AnyUpdate) -> String {
    fn of<A: Address>(update: &Update<A>) -> String
    where
        Prefix<A>: Display,
    {
        match update {
            Update::Announce(prefix, next_hop) => format!("A {}", route(&(*prefix, *next_hop))),
            Update::Withdraw(prefix) => format!("W {prefix}\n"),
        }
    }
    match update {
        AnyUpdate::V4(update) => of(update),
        AnyUpdate::V6(update) => of(update),
    }
}

/// A table written as lines reads as the same table.
fn read_what_is_written(file: &TableFile) {
    let lines: String = file.v4.iter().map(route).chain(file.v6.iter().map(route)).collect();
    let again = table(lines.as_bytes(), STRICT).unwrap_or_else(|error| panic!("{error}: {lines}"));
    assert_eq!((&file.v4, &file.v6), (&again.v4, &again.v6));
    assert_eq!(again.duplicates, 0);
}

/// A table takes what a file has.
fn fill(file: &TableFile) {
    let table: Table =
        Options::new().max_routes(1 << 12).max_node_bytes(1 << 22).open().expect("address space");
    let via = |next_hop: Option<NextHop>| Route::via(next_hop.unwrap_or_default());
    if let Ok(loaded) = table.v4().load(file.v4.iter().map(|&(prefix, hop)| (prefix, via(hop)))) {
        assert_eq!((loaded, table.v4().len()), (file.v4.len(), file.v4.len()));
    }
    if let Ok(loaded) = table.v6().load(file.v6.iter().map(|&(prefix, hop)| (prefix, via(hop)))) {
        assert_eq!((loaded, table.v6().len()), (file.v6.len(), file.v6.len()));
    }
}
