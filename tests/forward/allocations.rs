//! The fast path allocates nothing: neither where packets go out by tunnels nor where they go to
//! neighbours that are known.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use rtalloc::{
    NextHop, Route,
    forward::{
        ForwardOptions, Forwarder, Port,
        io::{Frame, LinkLayer, PacketIo},
    },
};

use super::lab::{framed, ip, table, udp};

thread_local! {
    /// How often this thread has allocated.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Counts allocations.
struct Watched;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // At the end of a thread there may be no counter any more.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: handed on to the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: handed on to the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static WATCHED: Watched = Watched;

/// Gives the same packets again and again, and takes all.
struct Loop {
    link_layer: LinkLayer,
    packets: Vec<Vec<u8>>,
}

impl PacketIo for Loop {
    fn link_layer(&self) -> LinkLayer {
        self.link_layer
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, frames: &mut [Frame]) -> std::io::Result<usize> {
        let count = frames.len().min(self.packets.len());
        for (frame, packet) in frames.iter_mut().zip(&self.packets) {
            frame.set(packet);
        }
        Ok(count)
    }

    fn send(&mut self, frames: &[&Frame]) -> std::io::Result<usize> {
        Ok(frames.len())
    }

    fn wait(&mut self, _: std::time::Duration) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_fast_path_allocates_nothing() {
    let table = table::<()>();
    let on = |interface| Route::via(NextHop::interface(interface));
    let via = |text: &str| Route::via(NextHop { gateway: Some(ip(text)), interface: 2 });
    table.insert("10.0.0.0/8".parse().unwrap(), on(1)).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), on(2)).unwrap();
    table.insert("198.51.100.0/24".parse().unwrap(), via("192.0.2.254")).unwrap();
    table.insert("2600::/16".parse().unwrap(), via("fe80::fe")).unwrap();
    let out = [
        udp("10.0.0.9", "192.0.2.7", 9, b"on the link"),
        udp("10.0.0.9", "198.51.100.7", 9, b"through a gateway"),
        udp("2001:db8::1", "2600::1", 9, b"through a gateway"),
        udp("10.0.0.9", "127.0.0.1", 9, b"to nowhere"),
    ];
    let back = [framed(1, 7, &udp("192.0.2.7", "10.0.0.9", 9, b"to a tunnel"))];
    let ends: [Loop; 2] = [
        Loop { link_layer: LinkLayer::Ip, packets: out.iter().cycle().take(64).cloned().collect() },
        Loop { link_layer: LinkLayer::Ethernet, packets: back.to_vec() },
    ];
    let addresses = [super::lab::address("192.0.2.1/24")];
    let ports = vec![
        Port::new("tunnel".parse().unwrap(), 1, &ends[0], [0; 6], []),
        Port::new("link".parse().unwrap(), 2, &ends[1], super::lab::mac_of(1), addresses),
    ];
    let forwarder = Forwarder::new(table, ports, ForwardOptions::default()).unwrap();
    for (neighbour, mac) in [("192.0.2.7", 7), ("192.0.2.254", 8), ("fe80::fe", 9)] {
        forwarder.add_neighbour(1, ip(neighbour), [2, 0, 0, 0, 0, mac]).unwrap();
    }
    let ends = ends.map(|end| Box::new(end) as Box<dyn PacketIo>);
    let mut worker = forwarder.worker(ends.into()).unwrap();
    // The first uses of routes, and of lists, may allocate.
    for _ in 0..10 {
        worker.step();
    }
    let before = worker.totals();
    let mut quiet = 0;
    for _ in 0..1000 {
        let count = ALLOCATIONS.get();
        worker.step();
        quiet += u64::from(ALLOCATIONS.get() == count);
    }
    let forwarded = worker.totals().forwarded - before.forwarded;
    assert_eq!(forwarded, 1000 * (48 + 1));
    // Once a second time is looked at, and that may allocate.
    assert!(quiet >= 990, "{quiet} of 1000 bursts without an allocation");
}
