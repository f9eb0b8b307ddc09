//! The state machine beside a model of a kernel: whatever happens and whatever is lost, the tables
//! say what the kernel has, at once as long as nothing is lost, and after a dump if something was.
//!
//! The model keeps silent where Linux does: about IPv4 routes and next-hop objects over a link that
//! goes down or away, and about IPv4 routes whose object goes. A link that goes away takes IPv4
//! multipath routes with it as a whole, of IPv6 ones a leg, which is told. A group loses the members
//! that go, and goes with the last one; it is told anew where somebody has deleted a member, and not
//! where a link has taken it.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use rtalloc::{
    AnyPrefix, NextHop,
    netlink::{Event, MessageFlags, Mirror, Tables, mirror::Parts},
};

use crate::{
    rules::events,
    wire::{self, Told, prefix as prefix_of},
};

const TABLES: [u32; 2] = [254, 1000];
const PREFIXES: [&str; 5] = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "::/0", "2001:db8::/32"];
const LINKS: u32 = 3;
/// Objects have these numbers from 1 on, and groups of them the following ones.
const OBJECTS: u32 = 4;
const GROUPS: u32 = 2;
const ALL_OBJECTS: u32 = OBJECTS + GROUPS;

#[derive(Clone, Debug)]
enum Op {
    /// Adds a route over these links (as bits), or replaces the one of its priority.
    Add {
        table: usize,
        prefix: usize,
        priority: u32,
        links: u32,
    },
    /// The same, through an object or a group.
    AddThrough {
        table: usize,
        prefix: usize,
        priority: u32,
        object: u32,
    },
    Refuse {
        table: usize,
        prefix: usize,
        priority: u32,
    },
    Del {
        table: usize,
        prefix: usize,
        priority: u32,
    },
    Link {
        link: u32,
        up: bool,
    },
    Object {
        object: u32,
        link: u32,
    },
    /// The link goes away.
    DelLink {
        link: u32,
    },
    /// A group of these objects (as bits), as far as there are such.
    Group {
        group: u32,
        members: u32,
    },
    DelObject {
        object: u32,
    },
    /// Events are lost from here on until the next dump.
    Lose,
    /// A dump, after which up to so many of the last events are told again.
    Dump {
        again: usize,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let place = || (0..TABLES.len(), 0..PREFIXES.len(), 0..2u32);
    prop_oneof![
        8 => (place(), 1..1u32 << LINKS).prop_map(|((table, prefix, priority), links)| Op::Add {
            table, prefix, priority, links
        }),
        6 => (place(), 1..=ALL_OBJECTS).prop_map(|((table, prefix, priority), object)| {
            Op::AddThrough { table, prefix, priority, object }
        }),
        1 => place().prop_map(|(table, prefix, priority)| Op::Refuse { table, prefix, priority }),
        4 => place().prop_map(|(table, prefix, priority)| Op::Del { table, prefix, priority }),
        4 => (1..=LINKS, any::<bool>()).prop_map(|(link, up)| Op::Link { link, up }),
        4 => (1..=OBJECTS, 1..=LINKS).prop_map(|(object, link)| Op::Object { object, link }),
        1 => (1..=LINKS).prop_map(|link| Op::DelLink { link }),
        3 => (OBJECTS + 1..=ALL_OBJECTS, 1..1u32 << OBJECTS)
            .prop_map(|(group, members)| Op::Group { group, members }),
        2 => (1..=ALL_OBJECTS).prop_map(|object| Op::DelObject { object }),
        1 => Just(Op::Lose),
        2 => (0usize..12).prop_map(|again| Op::Dump { again }),
    ]
}

type Place = (u32, AnyPrefix, u32);

/// What the tables should say: the next hops for each prefix, none for one that is refused.
type Said = BTreeMap<(u32, AnyPrefix), Vec<NextHop>>;

#[derive(Clone)]
enum Leads {
    /// Over this link.
    To(u32),
    /// To these objects.
    Group(Vec<u32>),
}

struct Kernel {
    /// The links that there are.
    up: BTreeMap<u32, bool>,
    objects: BTreeMap<u32, Leads>,
    /// Of each route's next hops the flags say whether they are dead.
    routes: BTreeMap<Place, Told>,
    /// Whether it fills in where an object leads (`nexthop_compat_mode`).
    fills: bool,
    /// What is told.
    events: Vec<Vec<u8>>,
}

fn hop(link: u32, place: AnyPrefix) -> NextHop {
    let gateway = match place {
        AnyPrefix::V4(_) => format!("192.0.2.{link}"),
        AnyPrefix::V6(_) => format!("2001:db8::{link}"),
    };
    wire::hop(&gateway, link)
}

fn object_hop(link: u32) -> NextHop {
    wire::hop(&format!("198.51.100.{link}"), link)
}

impl Kernel {
    fn new(fills: bool) -> Self {
        let up = (1..=LINKS).map(|link| (link, true)).collect();
        Self { up, objects: BTreeMap::new(), routes: BTreeMap::new(), fills, events: Vec::new() }
    }

    fn add(&mut self, told: Told) {
        let place = (told.table, told.prefix, told.priority);
        let flags = match self.routes.contains_key(&place) {
            true => wire::REPLACE,
            false => wire::CREATE,
        };
        self.events.push(self.filled(&told).added(flags));
        self.routes.insert(place, told);
    }

    /// Routes that go without having been withdrawn: IPv6 tells of them.
    fn flush(&mut self, goes: impl Fn(&Told) -> bool) {
        let gone: Vec<Place> =
            self.routes.iter().filter(|(_, told)| goes(told)).map(|(&place, _)| place).collect();
        for place in gone {
            let told = self.routes.remove(&place).expect("just seen");
            if matches!(place.1, AnyPrefix::V6(_)) {
                self.events.push(self.filled(&told).del());
            }
        }
    }

    /// The route as it is told: with where its object leads now, if that is filled in.
    fn filled(&self, told: &Told) -> Told {
        match self.objects.contains_key(&told.object) && self.fills {
            true => {
                let hops = self.hops(told.object).into_iter().map(|hop| (hop, 0)).collect();
                Told { hops, ..told.clone() }
            }
            false => told.clone(),
        }
    }

    /// Where an object leads.
    fn hops(&self, object: u32) -> Vec<NextHop> {
        match &self.objects[&object] {
            Leads::To(link) => vec![object_hop(*link)],
            Leads::Group(members) => members.iter().flat_map(|&member| self.hops(member)).collect(),
        }
    }

    /// An object as it is told.
    fn object(&self, object: u32) -> Vec<u8> {
        match &self.objects[&object] {
            Leads::To(link) => wire::object(object, object_hop(*link), &[]),
            Leads::Group(members) => {
                let members: Vec<_> = members.iter().map(|&member| (member, 1)).collect();
                wire::object(object, NextHop::default(), &members)
            }
        }
    }

    fn is_up(&self, link: u32) -> bool {
        self.up.get(&link) == Some(&true)
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Add { table, prefix, priority, links } => {
                let prefix = prefix_of(PREFIXES[prefix]);
                let links = (1..=LINKS).filter(|link| links >> (link - 1) & 1 != 0);
                let up = links.filter(|&link| self.is_up(link));
                let hops: Vec<_> = up.map(|link| (hop(link, prefix), 0)).collect();
                if !hops.is_empty() {
                    self.add(told(TABLES[table], prefix, priority, 0, hops));
                }
            }
            Op::AddThrough { table, prefix, priority, object } => {
                if self.objects.contains_key(&object) {
                    let prefix = prefix_of(PREFIXES[prefix]);
                    self.add(told(TABLES[table], prefix, priority, object, Vec::new()));
                }
            }
            Op::Refuse { table, prefix, priority } => {
                let prefix = prefix_of(PREFIXES[prefix]);
                let told = told(TABLES[table], prefix, priority, 0, Vec::new());
                self.add(told.of(wire::BLACKHOLE));
            }
            Op::Del { table, prefix, priority } => {
                let place = (TABLES[table], prefix_of(PREFIXES[prefix]), priority);
                if let Some(told) = self.routes.remove(&place) {
                    self.events.push(self.filled(&told).del());
                }
            }
            Op::Link { link, up } => self.link(link, up),
            Op::DelLink { link } => self.del_link(link),
            Op::Object { object, link } => {
                if self.is_up(link) {
                    self.objects.insert(object, Leads::To(link));
                    self.events.push(self.object(object));
                }
            }
            Op::Group { group, members } => {
                let members = (1..=OBJECTS).filter(|object| members >> (object - 1) & 1 != 0);
                let members: Vec<_> =
                    members.filter(|object| self.objects.contains_key(object)).collect();
                if !members.is_empty() {
                    self.objects.insert(group, Leads::Group(members));
                    self.events.push(self.object(group));
                }
            }
            Op::DelObject { object } => {
                if self.objects.contains_key(&object) {
                    self.end_object(object, true);
                }
            }
            Op::Lose | Op::Dump { .. } => {}
        }
    }

    fn link(&mut self, link: u32, up: bool) {
        self.up.insert(link, up);
        self.events.push(wire::link(link, up));
        for told in self.routes.values_mut() {
            let over = told.hops.iter_mut().filter(|(hop, _)| hop.interface == link);
            over.for_each(|(_, flags)| *flags = u8::from(!up));
        }
        self.flush(|told| !told.hops.is_empty() && told.hops.iter().all(|(_, dead)| *dead != 0));
        if !up {
            for object in 1..=OBJECTS {
                if matches!(self.objects.get(&object), Some(&Leads::To(over)) if over == link) {
                    self.end_object(object, false);
                }
            }
        }
    }

    fn del_link(&mut self, link: u32) {
        if self.is_up(link) {
            self.link(link, false);
        }
        if self.up.remove(&link).is_none() {
            return;
        }
        let over = |hop: &(NextHop, u8)| hop.0.interface == link;
        for (place, told) in &mut self.routes {
            let leg = told.hops.iter().position(over);
            if let (AnyPrefix::V6(_), Some(leg)) = (place.1, leg) {
                let hops = vec![told.hops.remove(leg)];
                self.events.push(Told { hops, ..told.clone() }.del());
            }
        }
        self.routes.retain(|_, told| !told.hops.iter().any(over));
        self.events.push(wire::del_link(link));
    }

    /// The object goes, its routes too, and it goes out of its groups, the empty ones of which go as
    /// well. Whether that is told depends on who does it.
    fn end_object(&mut self, object: u32, told: bool) {
        self.objects.remove(&object);
        if told {
            self.events.push(wire::del_object(object));
        }
        self.flush(|told| told.object == object);
        for group in OBJECTS + 1..=ALL_OBJECTS {
            let Some(Leads::Group(members)) = self.objects.get_mut(&group) else { continue };
            let count = members.len();
            members.retain(|&member| member != object);
            let left = members.len();
            if left == 0 {
                self.end_object(group, told);
            } else if told && left < count {
                self.events.push(self.object(group));
            }
        }
    }

    /// All that there is, as a dump tells it.
    fn dump(&self) -> Vec<u8> {
        let links = self.up.iter().flat_map(|(&link, &up)| wire::link(link, up));
        let objects = self.objects.keys().flat_map(|&object| self.object(object));
        let routes = self.routes.values().flat_map(|told| self.filled(told).added(2));
        links.chain(objects).chain(routes).collect()
    }

    fn says(&self) -> Said {
        let mut said = Said::new();
        // The lowest priority comes first.
        for (&(table, prefix, _), told) in &self.routes {
            let hops = match told.object {
                0 => told.hops.iter().filter(|hop| hop.1 == 0).map(|hop| hop.0).collect(),
                object => self.hops(object),
            };
            said.entry((table, prefix)).or_insert(hops);
        }
        said
    }
}

fn told(
    table: u32,
    prefix: AnyPrefix,
    priority: u32,
    object: u32,
    hops: Vec<(NextHop, u8)>,
) -> Told {
    let (protocol, source) = (wire::STATIC, None);
    Told { prefix, table, kind: wire::UNICAST, priority, object, protocol, source, hops }
}

/// What the tables say.
fn said(tables: &Tables) -> Said {
    let mut said = Said::new();
    for (number, table) in tables.all() {
        let (v4, v6) = (table.v4().snapshot(), table.v6().snapshot());
        let v4 = v4.iter().map(|(prefix, entry)| (AnyPrefix::V4(prefix), entry));
        let v6 = v6.iter().map(|(prefix, entry)| (AnyPrefix::V6(prefix), entry));
        for (prefix, entry) in v4.chain(v6) {
            let several = entry.data().paths();
            let hops = match several {
                [] if !entry.data().kind.has_paths() => Vec::new(),
                [] => vec![entry.next_hop()],
                paths => paths.iter().map(|path| path.next_hop).collect(),
            };
            said.insert((number, prefix), hops);
        }
    }
    said
}

fn dump(mirror: &mut Mirror, kernel: &Kernel, meanwhile: Vec<(MessageFlags, Event)>) {
    mirror.begin_dump();
    events(&kernel.dump()).for_each(|(_, event)| mirror.confirm(event));
    mirror.end_dump(Parts::all(), meanwhile);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_tables_say_what_the_kernel_has(ops in vec(op(), 1..60), fills in any::<bool>()) {
        let (mut kernel, mut mirror) = (Kernel::new(fills), Mirror::of_kernel());
        let tables = Tables::default();
        dump(&mut mirror, &kernel, Vec::new());
        // What has been told since the last loss or dump.
        let mut history: Vec<Vec<u8>> = Vec::new();
        let mut losing = false;
        for op in &ops {
            kernel.run(op);
            let told = core::mem::take(&mut kernel.events);
            match op {
                Op::Lose => losing = true,
                Op::Dump { again } => {
                    let again = &history[history.len().saturating_sub(*again)..];
                    dump(&mut mirror, &kernel, events(&again.concat()).collect());
                    if mirror.wants_dump() {
                        dump(&mut mirror, &kernel, Vec::new());
                    }
                    losing = false;
                    history.clear();
                }
                _ if losing => {
                    if !told.is_empty() {
                        mirror.note_loss();
                        history.clear();
                    }
                }
                _ => {
                    events(&told.concat()).for_each(|(flags, event)| mirror.observe(flags, event));
                    history.extend(told);
                }
            }
            mirror.publish(&tables).expect("room");
            if losing {
                continue;
            }
            prop_assert_eq!(said(&tables), kernel.says(), "after {:?}", op);
        }
        if losing {
            dump(&mut mirror, &kernel, Vec::new());
            mirror.publish(&tables).expect("room");
        }
        prop_assert_eq!(said(&tables), kernel.says());
    }

    /// An inexact dump takes nothing out and brings in what it has; the next exact one mends all.
    #[test]
    fn an_inexact_dump_makes_no_hole(
        before in vec(op(), 1..40),
        after in vec(op(), 1..40),
        kept in vec(any::<bool>(), 64),
        fills in any::<bool>(),
    ) {
        let (mut kernel, mut mirror) = (Kernel::new(fills), Mirror::of_kernel());
        let tables = Tables::default();
        before.iter().for_each(|op| kernel.run(op));
        dump(&mut mirror, &kernel, Vec::new());
        mirror.publish(&tables).expect("room");
        let old = said(&tables);
        // Routes change while nobody listens; links and objects stay, as they would take routes out.
        let routes = after.iter().filter(|op| matches!(op, Op::Add { .. } | Op::Refuse { .. } | Op::Del { .. }));
        routes.for_each(|op| kernel.run(op));
        mirror.begin_dump();
        let whole = kernel.dump();
        let part = events(&whole).zip(kept.iter().cycle());
        let part = part.filter(|((_, event), kept)| **kept || !matches!(event, Event::NewRoute(_)));
        part.for_each(|((_, event), _)| mirror.confirm(event));
        mirror.end_dump(Parts::empty(), Vec::new());
        mirror.publish(&tables).expect("room");
        prop_assert!(mirror.wants_dump());
        let now = said(&tables);
        for place in old.keys() {
            prop_assert!(now.contains_key(place), "{place:?} is gone");
        }
        dump(&mut mirror, &kernel, Vec::new());
        prop_assert!(!mirror.wants_dump());
        mirror.publish(&tables).expect("room");
        prop_assert_eq!(said(&tables), kernel.says());
    }
}

#[test]
fn the_difference_after_a_dump_is_one_batch() {
    let (mut kernel, mut mirror) = (Kernel::new(false), Mirror::of_kernel());
    let tables = Tables::default();
    let add = |kernel: &mut Kernel, index: u32, link: u32| {
        let prefix = prefix_of(&format!("10.{}.{}.0/24", index / 256, index % 256));
        kernel.add(told(254, prefix, 0, 0, vec![(hop(link, prefix), 0)]));
    };
    (0..5000).for_each(|index| add(&mut kernel, index, 1));
    dump(&mut mirror, &kernel, Vec::new());
    mirror.publish(&tables).expect("room");
    let table = tables.get(254).expect("filled");
    let generation = table.v4().generation();
    // Unheard: some routes go, some come, some change.
    kernel.routes.retain(|place, _| place.1.address() >= prefix_of("10.1.0.0/16").address());
    (4000..6000).for_each(|index| add(&mut kernel, index, 2));
    mirror.note_loss();
    dump(&mut mirror, &kernel, Vec::new());
    mirror.publish(&tables).expect("room");
    assert_eq!(table.v4().generation(), generation + 2);
    assert_eq!(said(&tables), kernel.says());
    // 256 are gone, and of 1000 that changed the old ones are.
    assert_eq!(mirror.stats().swept, 1256);
    // What is as it was is not even looked at by the table.
    dump(&mut mirror, &kernel, Vec::new());
    assert_eq!(mirror.take_changes(), []);
}
