//! The words, used in one sense throughout.
//!
//! | word | meaning here |
//! |---|---|
//! | prefix | an address whose bits past a length are zero, and that length |
//! | route | what is known about a prefix: next hop, flags, metrics, the user's data |
//! | entry | the object that holds one route in a table; BSD's `rtentry` |
//! | number | a small integer by which the tree names an entry |
//! | cell | the word that leads from a number to its current entry |
//! | RIB | all routes of one family, and their one writer |
//! | FIB | what lookups walk: the tree and the cells |
//! | lookup | longest match of an address |
//! | get | exact match of a prefix |
//! | cover | a shorter prefix that contains another; *the* cover is the longest one |
//! | stride | how many address bits one node of the tree takes |
//! | directory, chunk, record | the tree's nodes from the top: two direct ones, then compressed ones |
//! | run | neighbouring slots of a record that share one word |
//! | leaf | a word that ends a walk: a number, or 0 for no route |
//! | leaf-pushed | every walk's last word is the whole answer |
//! | publish | make a change visible to readers, by one store |
//! | unlink | make something unreachable for walks that start from now on |
//! | retire | hand over what was unlinked, to be freed when no reader can be in it |
//! | grace period | a span in which every reader has left its section or passed a quiescent point |
//! | reclaim | get back what was retired and free it |
//! | limbo | what was retired and not reclaimed yet |
//! | domain | one instance of the reclamation protocol: its readers and its grace periods |
//! | reader | a thread's registration with a table |
//! | section, guard | a span of reading, and the value that stands for it |
//! | quiescent point | an instant at which a reader holds nothing from before |
//! | slot | a word in which a reader keeps one entry beyond its guard (or: a place in a node) |
//! | claim | any reason not to free an entry: borrow, slot, count, the table's unit |
//! | unit | the table's own claim on an entry, given up last |
//! | settle | turn slots into counts and give up the unit, after the grace period |
//! | burst | packets looked up together under one guard |
