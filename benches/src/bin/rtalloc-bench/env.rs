//! The sub-command `env`.

use std::fs;

use rtalloc_benches::{adapter::Failure, environment::provenance};
use serde_json::{Map, Value};

use crate::{arguments::Env, session::open_day};

/// Writes down what is known of the machine, the program and the day.
///
/// # Errors
/// If the day cannot be read or the file not written.
pub(crate) fn env(arguments: &Env) -> Result<(), Failure> {
    let day = open_day(arguments.day.as_deref())?;
    let mut known: Map<String, Value> =
        provenance().into_iter().map(|(name, value)| (name.to_owned(), typed(&value))).collect();
    known.insert("day".to_owned(), day.source.clone().into());
    known.insert("routes_v4".to_owned(), day.v4.len().into());
    known.insert("routes_v6".to_owned(), day.v6.len().into());
    known.insert("updates_v4".to_owned(), day.updates_v4.len().into());
    known.insert("updates_v6".to_owned(), day.updates_v6.len().into());
    known.insert("table_checksum".to_owned(), format!("{:08x}", day.checksum()).into());
    let text = format!("{:#}\n", Value::Object(known));
    let path = &arguments.out;
    let failed = |error| format!("cannot write {}: {error}", path.display());
    let beside = path.with_extension("json.tmp");
    fs::write(&beside, text).map_err(failed)?;
    Ok(fs::rename(&beside, path).map_err(failed)?)
}

/// A text as what it says: a number, true or false, nothing, or itself. Numbers that would not be
/// written the same again stay texts, as a commit of digits alone.
fn typed(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let written = value.to_string();
    let plain = value.is_number() || value.is_boolean();
    if plain && written == text { value } else { text.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_what_they_say() {
        let texts = ["", "true", "2", "0.25", "1e400", "00123", "x86_64", "null", "12e5"];
        let values = texts.map(typed);
        let expected = [json!(null), json!(true), json!(2), json!(0.25)]
            .into_iter()
            .chain(["1e400", "00123", "x86_64", "null", "12e5"].map(|text| json!(text)));
        assert!(values.into_iter().eq(expected));
    }
}
