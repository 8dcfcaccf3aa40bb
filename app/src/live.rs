//! Signals and memos of Leptos, in one piece of code for all types.
//!
//! Not another reactive system: behind each is a signal or a memo of Leptos. Only those are not made for
//! each type of value anew, which would be a sixth of the page: they hold them all as one type, and what
//! is read is given back its own.

use crate::reactive::{Get, GetUntracked, Memo, RwSignal, Set};
use core::any::Any;
use core::marker::PhantomData;
use core::ops::Deref;
use std::sync::Arc;

/// A value that is set from outside: a signal.
pub struct State<T> {
    signal: RwSignal<Held>,
    of: PhantomData<fn() -> T>,
}

/// A value of any type.
type Held = Arc<dyn Any + Send + Sync>;

/// Only values of its own type are ever put into a signal or a memo.
fn own<T: Send + Sync + 'static>(held: Held) -> Arc<T> {
    match held.downcast() {
        Ok(value) => value,
        Err(_) => unreachable!("a value of another type"),
    }
}

// Written out, because a derived `Copy` would ask it of the value.
impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

impl<T: Send + Sync + 'static> State<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        Self {
            signal: RwSignal::new(Arc::new(value)),
            of: PhantomData,
        }
    }

    /// Another value; nothing happens once the owner is gone in which the first was made.
    pub fn set(self, value: T) {
        let _ = self.signal.try_set(Arc::new(value));
    }

    /// Something about the value; whoever reads it here is told when another is set.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&own(self.signal.get()))
    }
}

impl<T: Clone + Send + Sync + 'static> State<T> {
    /// A copy of the value; whoever reads it here is told when another is set.
    #[must_use]
    pub fn get(self) -> T {
        T::clone(&own(self.signal.get()))
    }

    /// A copy of the value, as it is now.
    #[must_use]
    pub fn get_untracked(self) -> T {
        T::clone(&own(self.signal.get_untracked()))
    }

    /// The same, if the owner still lives in which the first was made.
    #[must_use]
    pub fn try_get_untracked(self) -> Option<T> {
        Some(T::clone(&own(self.signal.try_get_untracked()?)))
    }

    /// Changes the value.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        let mut value = self.get_untracked();
        change(&mut value);
        self.set(value);
    }
}

/// A value that is compared by where it is: whatever was made anew is another one. For what is large,
/// and changes whenever it is made anew.
#[derive(Debug)]
pub struct Made<T>(Arc<T>);

impl<T> Made<T> {
    /// A value that is equal only to itself.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Made<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Made<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A value that follows the signals that it is made of: a memo. It tells its readers only when it is another
/// than before.
pub struct Derived<T> {
    memo: Memo<Value>,
    of: PhantomData<fn() -> T>,
}

/// A value of any type that can be compared with another.
trait Comparable: Any + Send + Sync {
    fn is_same(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Comparable for T {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}

/// What a memo holds.
#[derive(Clone)]
struct Value(Arc<dyn Comparable>);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&*other.0)
    }
}

/// How a value is made of the one before. A trait of our own: a boxed closure carries code for being
/// called only once too.
trait Make: Send + Sync {
    fn make(&self, before: Option<&Value>) -> Value;
}

/// What makes values of one type.
struct Maker<T, F>(F, PhantomData<fn() -> T>);

impl<T, F> Make for Maker<T, F>
where
    T: PartialEq + Send + Sync + 'static,
    F: Fn(Option<&T>) -> T + Send + Sync,
{
    fn make(&self, before: Option<&Value>) -> Value {
        let before = before.map(|before| &*before.0 as &dyn Any);
        let before = before.and_then(|before| before.downcast_ref());
        Value(Arc::new((self.0)(before)))
    }
}

fn memo(maker: Box<dyn Make>) -> Memo<Value> {
    Memo::new(move |before| maker.make(before))
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Derived<T> {}

impl<T: PartialEq + Send + Sync + 'static> Derived<T> {
    /// A value that is made anew whenever a signal changes that making it read.
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::of_before(move |_| make())
    }

    /// The same, for a value that depends on the one before.
    pub fn of_before(make: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        Self {
            memo: memo(Box::new(Maker(make, PhantomData))),
            of: PhantomData,
        }
    }

    /// The value, to be looked at; whoever reads it here is told when it changes.
    #[must_use]
    pub fn read(self) -> Arc<T> {
        own(self.memo.get().0)
    }

    /// The value, to be looked at only now.
    #[must_use]
    pub fn read_untracked(self) -> Arc<T> {
        own(self.memo.get_untracked().0)
    }

    /// Something about the value.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.read())
    }

    /// Something about the value, as it is now.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.read_untracked())
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Derived<T> {
    /// A copy of the value; whoever reads it here is told when it changes.
    #[must_use]
    pub fn get(self) -> T {
        T::clone(&self.read())
    }

    /// A copy of the value, as it is now.
    #[must_use]
    pub fn get_untracked(self) -> T {
        T::clone(&self.read_untracked())
    }

    /// The same, if the owner still lives in which it was made.
    #[must_use]
    pub fn try_get_untracked(self) -> Option<T> {
        let value = self.memo.try_get_untracked()?;
        Some(T::clone(&own(value.0)))
    }
}
