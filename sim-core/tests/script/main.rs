//! Scripts: what their instructions ask for, what they cost, and what is said about mistakes.
//!
//! Not what the machine does with their calls: the laws and golden scripts hold that.

mod costs;
mod docs;
mod machine;
mod meaning;
mod mistakes;
mod random;
mod requests;
mod threads;
