//! The sub-command `throughput`: the short way in.

use std::io::{self, Write};

use rtalloc_benches::{
    adapter::Failure,
    plan::{Rate, Size, Threads, Throughput as Plan},
    rows::Row,
    spread::quantile,
};

use crate::{
    arguments::Throughput,
    experiments::{cost, run},
    run::write_whole,
    session::Session,
    setting::Setting,
};

/// What is one line of the table.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    implementation: String,
    readers: Option<usize>,
    updates: Option<f64>,
    burst: Option<usize>,
    oversubscribed: bool,
}

impl Place {
    fn of(row: &Row) -> Self {
        let Row { implementation, readers, updates, burst, oversubscribed, .. } = row.clone();
        Self { implementation, readers, updates, burst, oversubscribed }
    }
}

/// The rows of a metric at a place.
fn there<'r>(rows: &'r [Row], place: &Place, metric: &str) -> Vec<&'r Row> {
    rows.iter().filter(|row| row.metric == metric && Place::of(row) == *place).collect()
}

/// The middle of a metric's values at a place, and its quartiles: of the samples that nothing has
/// disturbed, or of all if there are no such.
fn quartiles(rows: &[Row], place: &Place, metric: &str) -> [f64; 3] {
    let there = there(rows, place, metric);
    let all = there.iter().all(|row| row.disturbed);
    let values: Vec<f64> =
        there.iter().filter(|row| all || !row.disturbed).map(|row| row.value).collect();
    [0.25, 0.5, 0.75].map(|share| quantile(&values, share))
}

/// What is to be known of a place's numbers.
fn remark(rows: &[Row], place: &Place) -> String {
    let there = there(rows, place, "lookups_per_second");
    let disturbed = there.iter().filter(|row| row.disturbed).count();
    let mut remark = String::new();
    if disturbed == there.len() {
        remark.push_str("  every sample disturbed");
    } else if disturbed > 0 {
        remark.push_str(&format!("  {disturbed} of {} samples disturbed, left out", there.len()));
    }
    if place.oversubscribed {
        remark.push_str("  more threads than cores");
    }
    remark
}

/// Measures and prints.
///
/// # Errors
/// If what is asked for makes no sense, or a file cannot be read or written.
pub(crate) fn throughput(arguments: &Throughput) -> Result<(), Failure> {
    let day = arguments.day.is_some();
    let plan = Plan {
        families: vec![arguments.family],
        routes: if day { Size::Day } else { Size::Routes(arguments.routes.get()) },
        streams: vec![arguments.stream],
        readers: Threads::These(arguments.readers.iter().map(|count| count.get()).collect()),
        updates: arguments.updates.clone(),
        bursts: arguments.bursts.clone(),
        rounds: arguments.rounds.get(),
        window_ms: arguments.window_ms,
        tries: 3,
        together: 0,
        slow: false,
    };
    let setting = Setting::named(&arguments.implementations, None)?;
    let mut session = Session::new(setting, arguments.day.clone());
    let parts = [plan];
    session.begin("throughput", cost(&parts, &session.setting));
    run(&parts, &mut session)?;
    let rows = session.end();
    print(&rows, io::stdout().lock())?;
    match &arguments.csv {
        Some(path) => write_whole(path, &rows),
        None => Ok(()),
    }
}

fn print(rows: &[Row], mut out: impl Write) -> io::Result<()> {
    let mut places: Vec<Place> = Vec::new();
    for row in rows.iter().filter(|row| row.metric == "lookups_per_second") {
        let place = Place::of(row);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    // By what is compared: the same readers, updates and burst below each other, the best first.
    let rate = |place: &Place| quartiles(rows, place, "lookups_per_second")[1];
    places.sort_by(|one, other| {
        let key = |place: &Place| (place.readers, place.burst);
        let updates = |place: &Place| place.updates.unwrap_or_default();
        let by_case = key(one).cmp(&key(other)).then(updates(one).total_cmp(&updates(other)));
        by_case.then(rate(other).total_cmp(&rate(one)))
    });
    writeln!(
        out,
        "{:<38} {:>7} {:>5} {:>9}  {:>24}  {:>9}",
        "implementation", "readers", "burst", "updates/s", "million lookups/s", "made/s"
    )?;
    for place in &places {
        let [low, middle, high] =
            quartiles(rows, place, "lookups_per_second").map(|rate| rate / 1e6);
        let [_, made, _] = quartiles(rows, place, "updates_per_second");
        writeln!(
            out,
            "{:<38} {:>7} {:>5} {:>9}  {:>24}  {:>9.0}{}",
            place.implementation,
            place.readers.unwrap_or_default(),
            place.burst.unwrap_or_default(),
            Rate(place.updates.unwrap_or_default()).to_string(),
            format!("{middle:.2} ({low:.2}..{high:.2})"),
            made,
            remark(rows, place)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_best_first() {
        let row = |name: &str, metric, value| Row {
            implementation: name.to_owned(),
            readers: Some(1),
            burst: Some(32),
            updates: Some(f64::INFINITY),
            metric,
            value,
            ..Row::default()
        };
        let rows = [
            row("slow", "lookups_per_second", 1e6),
            row("fast", "lookups_per_second", 4e6),
            row("fast", "lookups_per_second", 2e6),
            row("fast", "updates_per_second", 7.0),
            Row { disturbed: true, ..row("fast", "lookups_per_second", 1.0) },
            Row { disturbed: true, ..row("never", "lookups_per_second", 1e3) },
        ];
        let mut out = Vec::new();
        print(&rows, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[1].starts_with("fast") && lines[1].contains("3.00 (2.50..3.50)"), "{text}");
        assert!(lines[1].contains("unlimited") && lines[2].starts_with("slow"), "{text}");
        assert!(lines[1].ends_with("1 of 3 samples disturbed, left out"), "{text}");
        assert!(!lines[2].contains("disturbed"), "{text}");
        assert!(lines[3].starts_with("never") && lines[3].ends_with("every sample disturbed"));
    }
}
