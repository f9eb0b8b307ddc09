//! The threads of a forwarder.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    panic::resume_unwind,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Duration,
};

use rtalloc::forward::{
    Forwarder, PortFault, RouteData, Worker,
    io::{PacketIo, PortCounters},
};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::ports::Opened;
use crate::failure::Failure;

/// Rounds without a packet before a worker waits.
const ROUNDS: u32 = 256;

/// How long it waits on each port, in turn.
const WAIT: Duration = Duration::from_micros(500);

/// A worker for each thread, with an end of every port.
pub(super) fn workers<V: RouteData>(
    forwarder: &Forwarder<V>,
    mut ports: Vec<Opened>,
    threads: usize,
) -> Result<Vec<Worker<V>>, Failure> {
    let mut workers = Vec::with_capacity(threads);
    for _ in 0..threads {
        let ends = ports.iter_mut().filter_map(|port| port.ends.pop()).collect();
        workers.push(forwarder.worker(ends)?);
    }
    Ok(workers)
}

/// The processors that this process may use.
pub(super) fn processors() -> Result<Vec<usize>, Failure> {
    let allowed = sched_getaffinity(None)
        .map_err(|error| Failure::System("ask for the processors", error.into()))?;
    Ok((0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor)).collect())
}

/// Keeps the calling thread on a processor.
fn pin(processor: usize) {
    let mut alone = CpuSet::new();
    alone.set(processor);
    if let Err(error) = sched_setaffinity(None, &alone) {
        // It works on another one as well; nothing is left to tell anyone if standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "rtalloc: cannot keep a thread on processor {processor}: {error}"
        );
    }
}

/// Runs the workers, each on its thread and the first ones each on one of `processors`, and calls `attend`
/// again and again with whether one is still at work, until it says no. Then all end. To `faults` each
/// thread gives how each port has failed first: so many at most. Returns what each port has counted, its
/// ends taken together.
pub(super) fn run<V: RouteData>(
    workers: Vec<Worker<V>>,
    processors: &[usize],
    stop: &AtomicBool,
    faults: Sender<PortFault>,
    mut attend: impl FnMut(bool) -> Result<bool, Failure>,
) -> Result<Vec<PortCounters>, Failure> {
    thread::scope(|scope| {
        let mut handles = Vec::with_capacity(workers.len());
        for (number, worker) in workers.into_iter().enumerate() {
            let faults = faults.clone();
            let processor = processors.get(number).copied();
            let name = format!("forward-{number}");
            let begun = thread::Builder::new().name(name).spawn_scoped(scope, move || {
                if let Some(processor) = processor {
                    pin(processor);
                }
                work(worker, stop, &faults)
            });
            match begun {
                Ok(handle) => handles.push(handle),
                Err(error) => {
                    // Relaxed: a flag that orders nothing.
                    stop.store(true, Ordering::Relaxed);
                    return Err(Failure::System("start a thread", error));
                }
            }
        }
        let outcome = loop {
            let at_work = handles.iter().any(|handle| !handle.is_finished());
            // Relaxed: a flag that orders nothing.
            let running = at_work && !stop.load(Ordering::Relaxed);
            match attend(running) {
                Ok(true) if running => {}
                outcome => break outcome.map(|_| ()),
            }
        };
        // Relaxed: a flag that orders nothing.
        stop.store(true, Ordering::Relaxed);
        let mut counters: Vec<PortCounters> = Vec::new();
        for handle in handles {
            let counted = handle.join().unwrap_or_else(|panic| resume_unwind(panic));
            counters.resize(counted.len(), PortCounters::default());
            for (sum, of) in counters.iter_mut().zip(counted) {
                *sum = sum.plus(&of);
            }
        }
        outcome.map(|()| counters)
    })
}

/// Works until the end. Returns what each of the ports has counted.
fn work<V: RouteData>(
    mut worker: Worker<V>,
    stop: &AtomicBool,
    faults: &Sender<PortFault>,
) -> Vec<PortCounters> {
    let mut told = BTreeSet::new();
    let mut tell = |fault: PortFault| {
        if told.insert(fault.port) {
            // Whoever does not listen any more does not want to know.
            let _ = faults.send(fault);
        }
    };
    let mut idle = 0;
    // Relaxed: a flag that orders nothing.
    while !stop.load(Ordering::Relaxed) {
        idle = if worker.step() > 0 { 0 } else { idle + 1 };
        worker.fault().map(&mut tell);
        if idle > 0 && worker.is_at_end() {
            break;
        }
        if idle > ROUNDS {
            worker.wait(WAIT);
        } else if idle > 0 {
            std::hint::spin_loop();
        }
    }
    let finish = |(port, end): (usize, &mut Box<dyn PacketIo>)| {
        if let Err(error) = end.flush() {
            tell(PortFault { port, error });
        }
        end.counters().unwrap_or_else(|error| {
            tell(PortFault { port, error });
            PortCounters::default()
        })
    };
    worker.ports().iter_mut().enumerate().map(finish).collect()
}
