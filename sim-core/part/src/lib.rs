//! Marks functions that the published page fetches when they are first needed.
//!
//! ```text
//! #[lockstep_part::later]
//! pub fn compile(text: &str, limit: usize) -> Result<Script, Mistake> { … }
//! ```
//!
//! Anywhere but in the published page the attribute leaves the function as it is: natively, in tests,
//! and in the page of `trunk serve`. In the published page the function is taken apart, for the program
//! `wasm-split-cli` to move: its body becomes a function of the part, and with it goes what nothing else
//! reaches, code and data; what stays is a call through the function table. That call is synchronous. So
//! the part has to be there already; where it is not, `sim_core::part::demand` says so.
//!
//! The names made here are the contract with `wasm-split-cli` 0.2; its own attribute (of the crate
//! `wasm_split_helpers`) makes each function asynchronous instead.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proc_macro::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// The name of the part, as it stands in the names of functions and of the file.
const PART: &str = "later";
/// What `self` is called in a body that stands in a function of its own.
const THIS: &str = "this_of_method";

/// Moves a function into the part that is fetched later: `#[later]` a plain function, `#[later(Type)]` a
/// method of that type, in an `impl` of it or of a trait for it.
///
/// It takes no generic types, nothing `const` and nothing `async`; lifetimes may have names. Each argument
/// but `self` is a name and a type, which does not say `Self`. In a text, `{self.…}` is not understood.
#[proc_macro_attribute]
pub fn later(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let of = arguments.to_string();
    match Function::read(item.clone(), &of) {
        Ok(function) => function.write(item),
        Err(message) => error(message),
    }
}

fn error(message: &str) -> TokenStream {
    let error = format!("compile_error!({message:?});");
    error.parse().unwrap_or_default()
}

/// A function, in pieces of its text.
struct Function {
    /// What stands before `fn`: attributes and visibility.
    before: TokenStream,
    name: String,
    lifetimes: TokenStream,
    arguments: Vec<Argument>,
    /// From `->` on, or nothing.
    result: TokenStream,
    /// The same, where `Self` means nothing.
    inner_result: TokenStream,
    body: TokenStream,
    /// Where it stands: the only thing that tells two functions of one name apart.
    place: String,
}

struct Argument {
    /// As the body has it.
    inner: String,
    /// As the caller has it.
    outer: String,
    /// As an import has it.
    import: String,
    /// As it is handed on.
    name: String,
}

impl Function {
    fn read(item: TokenStream, of: &str) -> Result<Self, &'static str> {
        let mut tokens = item.into_iter().peekable();
        let mut before = TokenStream::new();
        loop {
            match tokens.next() {
                Some(TokenTree::Ident(word)) if word.to_string() == "fn" => break,
                Some(TokenTree::Ident(word))
                    if matches!(word.to_string().as_str(), "const" | "async" | "unsafe") =>
                {
                    return Err("`later` takes no `const`, `async` or `unsafe` function");
                }
                Some(token) => before.extend([token]),
                None => return Err("`later` stands before a function"),
            }
        }
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err("`later` stands before a function with a name");
        };
        let span = name.span();
        let place = format!("{}:{}:{}", span.file(), span.line(), span.column());
        let mut lifetimes = TokenStream::new();
        let arguments = loop {
            match tokens.next() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    break arguments(&group, of)?;
                }
                Some(token) => lifetimes.extend([token]),
                None => return Err("`later` stands before a function with arguments"),
            }
        };
        let mut result = TokenStream::new();
        let body = loop {
            match tokens.next() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    break renamed(group.stream(), of);
                }
                Some(TokenTree::Ident(word)) if word.to_string() == "where" => {
                    return Err("`later` takes no function with bounds");
                }
                Some(token) => result.extend([token]),
                None => return Err("`later` stands before a function with a body"),
            }
        };
        Ok(Self {
            before,
            name: name.to_string(),
            lifetimes,
            arguments,
            inner_result: renamed(result.clone(), of),
            result,
            body,
            place,
        })
    }

    /// The function as it is, and in pieces for the published page.
    fn write(&self, item: TokenStream) -> TokenStream {
        let Self {
            before,
            name,
            lifetimes,
            arguments,
            result,
            inner_result,
            body,
            ..
        } = self;
        let unique = self.unique();
        let [import, export] = ["import", "export"]
            .map(|side| format!("__wasm_split_00{PART}00_{side}_{unique}_{name}"));
        let outer = list(arguments, |each| &each.outer);
        let inner = list(arguments, |each| &each.inner);
        let imported = list(arguments, |each| &each.import);
        let passed = list(arguments, |each| &each.name);
        let split = "all(target_family = \"wasm\", not(debug_assertions))";
        let reason = "the two halves are one function, which `wasm-split-cli` joins again";
        let text = format!(
            "#[cfg({split})]
            {before} fn {name} {lifetimes} ({outer}) {result} {{
                #[link(wasm_import_module = \"__wasm_split_placeholder__\")]
                #[allow(improper_ctypes, unsafe_code, non_snake_case, reason = {reason:?})]
                unsafe extern \"C\" {{
                    safe fn {import} {lifetimes} ({imported}) {inner_result};
                }}
                #[allow(improper_ctypes_definitions, unsafe_code, non_snake_case, reason = {reason:?})]
                #[unsafe(no_mangle)]
                extern \"C\" fn {export} {lifetimes} ({inner}) {inner_result} {{ {body} }}
                ::sim_core::part::demand({name:?});
                {import}({passed})
            }}"
        );
        let Ok(taken_apart) = text.parse::<TokenStream>() else {
            return error("`later` does not understand this function");
        };
        let whole: TokenStream = format!("#[cfg(not({split}))]").parse().unwrap_or_default();
        whole.into_iter().chain(item).chain(taken_apart).collect()
    }

    /// 32 digits that no other function has.
    fn unique(&self) -> String {
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let digits = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, &package, &self.place, &self.name).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        };
        digits(0) + &digits(1)
    }
}

fn list(arguments: &[Argument], text: impl Fn(&Argument) -> &String) -> String {
    let texts: Vec<_> = arguments.iter().map(|each| text(each).as_str()).collect();
    texts.join(", ")
}

/// The arguments between the parentheses; `of` is the type whose method it is.
fn arguments(group: &Group, of: &str) -> Result<Vec<Argument>, &'static str> {
    let mut arguments = Vec::new();
    let mut tokens = group.stream().into_iter().peekable();
    while tokens.peek().is_some() {
        let first = kind(&mut tokens);
        let text = first.to_string();
        arguments.push(
            if text.split(' ').next_back() == Some("self") || text.ends_with("&self") {
                receiver(&text, of)?
            } else {
                argument(first)?
            },
        );
    }
    Ok(arguments)
}

/// `self`, `&self` or `&mut self`, perhaps with a lifetime.
fn receiver(text: &str, of: &str) -> Result<Argument, &'static str> {
    if of.is_empty() {
        return Err("before a method it is `later(Type)`, with the type whose method it is");
    }
    let (mutable, reference) = match text.trim_end_matches("self").trim() {
        "mut" => ("mut", ""),
        reference => ("", reference),
    };
    Ok(Argument {
        inner: format!("{mutable} {THIS}: {reference} {of}"),
        outer: format!("{reference} self"),
        import: format!("{THIS}: {reference} {of}"),
        name: "self".to_owned(),
    })
}

/// A body that stands in a function of its own, where neither `self` nor `Self` means anything.
fn renamed(body: TokenStream, of: &str) -> TokenStream {
    let kind = of.split('<').next().unwrap_or_default().trim();
    let rename = |token: TokenTree| match token {
        TokenTree::Ident(word) if word.to_string() == "self" => {
            TokenTree::Ident(Ident::new(THIS, word.span()))
        }
        TokenTree::Ident(word) if word.to_string() == "Self" && !kind.is_empty() => {
            TokenTree::Ident(Ident::new(kind, word.span()))
        }
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), renamed(group.stream(), of)))
        }
        token => token,
    };
    body.into_iter().map(rename).collect()
}

fn argument(tokens: TokenStream) -> Result<Argument, &'static str> {
    let inner = tokens.to_string();
    let mut tokens = tokens.into_iter();
    let mut word = tokens.next();
    if word.as_ref().is_some_and(|word| word.to_string() == "mut") {
        word = tokens.next();
    }
    let colon = tokens.next().map(|token| token.to_string());
    let (Some(TokenTree::Ident(name)), Some(":")) = (word, colon.as_deref()) else {
        return Err("`later` takes arguments that are a name and a type");
    };
    let outer = format!("{name}: {}", tokens.collect::<TokenStream>());
    Ok(Argument {
        inner,
        import: outer.clone(),
        outer,
        name: name.to_string(),
    })
}

/// All up to the next comma outside of `<…>`.
fn kind(tokens: &mut impl Iterator<Item = TokenTree>) -> TokenStream {
    let mut kind = TokenStream::new();
    let mut depth = 0_usize;
    let mut is_arrow = false;
    for token in tokens {
        if let TokenTree::Punct(sign) = &token {
            match sign.as_char() {
                ',' if depth == 0 => break,
                '<' => depth += 1,
                '>' if !is_arrow => depth = depth.saturating_sub(1),
                _ => {}
            }
            is_arrow = sign.as_char() == '-' && sign.spacing() == Spacing::Joint;
        } else {
            is_arrow = false;
        }
        kind.extend([token]);
    }
    kind
}
