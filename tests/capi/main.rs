//! The C interface, called as C calls it: what it answers, what it refuses, and that lookups allocate
//! nothing.

mod allocations;
mod answers;
mod calls;
mod loads;
mod misuse;
