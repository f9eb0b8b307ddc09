//! The sub-command `get`: what `ip route get fibmatch` does.

use std::{io::Write, net::IpAddr, process::ExitCode};

use serde_json::{Map, Value};

use crate::{
    args::TableArgs,
    failure::Failure,
    output::{JsonArray, route_object, stdout, write_route},
};

/// The exit status if there is no route.
const NO_ROUTE: u8 = 2;

/// Prints the route that each address takes.
///
/// Every line has an address, the longest prefix that matches it, the next hop and the flags, in
/// netstat's letters, separated by tabs; an address without a route has `-` instead. The exit
/// status is 2 if any address has no route.
#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    /// Looks up this address.
    #[arg(value_name = "ADDR", required = true)]
    addresses: Vec<IpAddr>,
    #[command(flatten)]
    table: TableArgs,
    /// Prints a JSON array with iproute2's field names, and `address` for the address asked for.
    #[arg(long)]
    json: bool,
}

pub(crate) fn get(args: GetArgs) -> Result<ExitCode, Failure> {
    let table = args.table.load()?;
    let mut reader = table.reader();
    let guard = reader.enter();
    let answers = args.addresses.iter().map(|&address| (address, guard.lookup(address)));
    let mut out = stdout();
    let mut all_found = true;
    if args.json {
        let mut array = JsonArray::begin(&mut out)?;
        for (address, found) in answers {
            all_found &= found.is_some();
            let mut object = match found {
                Some(entry) => route_object(&entry),
                None => Map::from_iter([("dst".to_owned(), Value::Null)]),
            };
            object.insert("address".into(), address.to_string().into());
            array.push(object)?;
        }
        array.end()?;
    } else {
        for (address, found) in answers {
            all_found &= found.is_some();
            write!(out, "{address}\t")?;
            match found {
                Some(entry) => write_route(&mut out, &entry)?,
                None => writeln!(out, "-\t-\t-")?,
            }
        }
    }
    out.flush()?;
    Ok(if all_found { ExitCode::SUCCESS } else { ExitCode::from(NO_ROUTE) })
}
