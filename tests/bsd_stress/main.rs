//! Real threads on one routing, in both systems' profiles.
//!
//! Each file is one way in which the interface can be wrong while others change what it shows:
//! [`cloners`] race for clones whose parent comes and goes or has no room; [`holders`] keep routes
//! that are changed, deleted and outlive their routing; [`caches`] must never answer with what was
//! not the best at some instant; [`paths`] come and go under a selection; [`flaps`] of a link move
//! routes; [`ticks`] let clones expire; [`listeners`] are too slow; [`walks`] must be of one
//! instant; [`uses`] must add up; and [`medley`] does all of it at once.
//!
//! Where an answer must be right and not only whole, changes are numbered, the number travels in
//! the route's MTU, which clones take over, and a reader knows from two counters which numbers were
//! possible at some instant of its call. Each test ends with an exact balance: nothing in the
//! table, every deleted route freed, each interface told of as many routes gone as come.
//!
//! How long each goes on is `RTALLOC_STRESS_MS`, 200 unless told.

mod caches;
mod cloners;
mod flaps;
mod history;
mod holders;
mod listeners;
mod medley;
mod paths;
mod run;
mod ticks;
mod uses;
mod walks;
mod world;
