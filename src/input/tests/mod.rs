//! What the readers accept, what they refuse, and in which words.

mod arbitrary;
mod bytes;
mod compressed;
mod lists;
mod mrt;
mod routes;
mod streams;

use std::io::Cursor;

use super::{
    AnyUpdate, InputError, ReadOptions, Source, TableFile, Update, UpdateFile, read_table,
    read_updates,
};

const STRICT: ReadOptions = ReadOptions { lenient: false };
const LENIENT: ReadOptions = ReadOptions { lenient: true };

fn source(contents: impl AsRef<[u8]>) -> Source {
    Source::from_reader("file", Cursor::new(contents.as_ref().to_vec())).unwrap()
}

fn table(contents: impl AsRef<[u8]>, options: ReadOptions) -> Result<TableFile, InputError> {
    read_table(source(contents), options, &mut |_| {})
}

fn updates(contents: impl AsRef<[u8]>, options: ReadOptions) -> Result<UpdateFile, InputError> {
    read_updates(source(contents), options, &mut |_| {})
}

fn table_error(contents: impl AsRef<[u8]>) -> String {
    table(contents, STRICT).unwrap_err().to_string()
}

fn updates_error(contents: impl AsRef<[u8]>) -> String {
    updates(contents, STRICT).unwrap_err().to_string()
}

/// The routes as text, both families one after the other.
fn routes(table: &TableFile) -> Vec<String> {
    let v4 = table.v4.iter().map(|(prefix, hop)| (prefix.to_string(), hop));
    let v6 = table.v6.iter().map(|(prefix, hop)| (prefix.to_string(), hop));
    v4.chain(v6)
        .map(|(prefix, hop)| match hop {
            Some(hop) => format!("{prefix} {hop}"),
            None => prefix,
        })
        .collect()
}

/// The updates in stream order, as the lines that would state them.
fn stream(contents: impl AsRef<[u8]>, options: ReadOptions) -> Result<Vec<String>, InputError> {
    fn line<A: crate::address::Address>(update: Update<A>) -> String {
        match update {
            Update::Announce(prefix, Some(hop)) => format!("A {prefix} {hop}"),
            Update::Announce(prefix, None) => format!("A {prefix}"),
            Update::Withdraw(prefix) => format!("W {prefix}"),
        }
    }
    let mut lines = Vec::new();
    super::for_each_update(source(contents), options, &mut |_| {}, |update, _| {
        lines.push(match update {
            AnyUpdate::V4(update) => line(update),
            AnyUpdate::V6(update) => line(update),
        });
    })?;
    Ok(lines)
}
