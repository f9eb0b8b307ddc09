//! Essays on how the crate works and what it promises. There is no code here.
//!
//! * [`internals`]: the parts, the road of a lookup and of an update, what is checked by what.
//! * [`memory_ordering`]: every ordering edge, with both of its sides.
//! * [`checking`]: which tool checks what, and what none of them does.
//! * [`mutants`]: for each edge and step, what fails without it.
//! * [`wait_freedom`]: the most steps that each operation of a reader takes, and how that is tested.
//! * [`performance`]: what things cost, what was tried and what it gave.
//! * [`benchmarks`]: what the benchmarks ask, how they measure, and how to read what they draw.
//! * [`bsd`]: both manuals, name by name, and what was decided where they leave a choice.
//! * [`c_interface`]: the table for programs in C, and its rules for memory and threads.
//! * [`without_std`]: the crate where there is no operating system.
//! * [`limitations`]: what the crate does not do.
//! * [`glossary`]: the words.

pub mod benchmarks;
pub mod bsd;
pub mod c_interface;
pub mod checking;
pub mod glossary;
pub mod internals;
pub mod limitations;
pub mod memory_ordering;
pub mod mutants;
pub mod performance;
pub mod wait_freedom;
pub mod without_std;
