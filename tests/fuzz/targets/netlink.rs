//! Netlink messages, and what a mirror makes of them: nothing panics, what was counted adds up, and it
//! does not matter how often changes are taken.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use rtalloc::{
    AnyPrefix, Route,
    netlink::{
        Event, MessageFlags, Messages, Mirror, Origin,
        mirror::{Changes, Parts},
    },
};
use rtalloc_fuzz::told::{Told, written};

/// What happens next.
#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Tell(Vec<Told<'a>>),
    /// A dump of these, during which the others are told; the bits say which parts are exact.
    Dump {
        told: Vec<Told<'a>>,
        meanwhile: Vec<Told<'a>>,
        exact: u8,
    },
    Lose,
    Session,
    Sweep,
    /// Changes are taken, and put back.
    PutBack,
}

type Said = BTreeMap<(u32, AnyPrefix), Route<Origin>>;

fn apply(changes: Vec<Changes>, said: &mut Said) {
    for Changes { table, v4, v6 } in changes {
        let v4 = v4.into_iter().map(|(prefix, route)| (AnyPrefix::V4(prefix), route));
        let v6 = v6.into_iter().map(|(prefix, route)| (AnyPrefix::V6(prefix), route));
        for (prefix, route) in v4.chain(v6) {
            match route {
                Some(route) => said.insert((table, prefix), route),
                None => said.remove(&(table, prefix)),
            };
        }
    }
}

/// The messages that can be read. Whatever the bytes, there are not more of them than bytes, and only
/// the last one may lose the framing.
fn events(told: &[Told<'_>]) -> Vec<(MessageFlags, Event)> {
    let bytes = written(told);
    let messages: Vec<_> = Messages::new(&bytes).collect();
    assert!(messages.len() <= bytes.len());
    let lost =
        messages.iter().position(|message| matches!(message, Err(error) if error.loses_framing()));
    assert!(lost.is_none_or(|at| at + 1 == messages.len()));
    for error in messages.iter().filter_map(|message| message.as_ref().err()) {
        assert!(error.at < bytes.len() && !error.to_string().is_empty());
    }
    messages.into_iter().flatten().map(|(header, event)| (header.flags, event)).collect()
}

fn take(mirror: &mut Mirror, step: &Step<'_>) {
    match step {
        Step::Tell(told) => {
            events(told).into_iter().for_each(|(flags, event)| mirror.observe(flags, event));
        }
        Step::Dump { told, meanwhile, exact } => {
            mirror.begin_dump();
            events(told).into_iter().for_each(|(_, event)| mirror.confirm(event));
            mirror.end_dump(Parts::from_bits_truncate(*exact), events(meanwhile));
        }
        Step::Lose => mirror.note_loss(),
        Step::Session => mirror.begin_session(),
        Step::Sweep => mirror.sweep(),
        Step::PutBack => {
            mirror.take_changes().into_iter().for_each(|changes| mirror.put_back(changes));
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: (bool, Vec<Step<'_>>)| {
    let (kernel, steps) = input;
    let mirror = || if kernel { Mirror::of_kernel() } else { Mirror::of_daemon() };
    // One is asked for its changes after each step, the other one at the end.
    let (mut often, mut once) = (mirror(), mirror());
    let mut said = Said::new();
    for step in &steps {
        take(&mut often, step);
        apply(often.take_changes(), &mut said);
        assert!(said.len() <= often.prefixes(), "{} said, {} held", said.len(), often.prefixes());
        assert!(often.take_changes().is_empty(), "taken once");
        take(&mut once, step);
        if matches!(step, Step::PutBack) {
            assert_eq!(often.prefixes(), once.prefixes());
        }
    }
    let mut said_once = Said::new();
    apply(once.take_changes(), &mut said_once);
    assert_eq!(said, said_once);
    let _ = often.stats().to_string();
});
