//! The tree is the one that the crate `toml` makes of a text, place by place.

use proptest::prelude::*;
use toml::de::{DeTable, DeValue};

use super::*;

/// Whether a value is what `toml` has read, at the same place.
fn is_same(value: &Value, other: &toml::Spanned<DeValue<'_>>) -> bool {
    let is_same_data = match (value.get_ref(), other.get_ref()) {
        (Data::String(text), DeValue::String(other)) => text == other,
        (Data::Integer { digits, radix }, DeValue::Integer(other)) => {
            digits == other.as_str() && *radix == other.radix()
        }
        (Data::Float(digits), DeValue::Float(other)) => digits == other.as_str(),
        (Data::Boolean(value), DeValue::Boolean(other)) => value == other,
        (Data::Date(_), DeValue::Datetime(_)) => true,
        (Data::List(values), DeValue::Array(others)) => {
            let mut pairs = values.iter().zip(others.iter());
            values.len() == others.len() && pairs.all(|(value, other)| is_same(value, other))
        }
        (Data::Table(table), DeValue::Table(other)) => is_same_table(table, other),
        _ => false,
    };
    is_same_data && value.span() == other.span()
}

fn is_same_table(table: &Table, other: &DeTable<'_>) -> bool {
    let mut pairs = table.iter().zip(other.iter());
    let is_same_pair = |((key, value), (other_key, other)): (
        (&Key, &Value),
        (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>),
    )| {
        key.get_ref() == other_key.get_ref()
            && key.span() == other_key.span()
            && is_same(value, other)
    };
    table.keys().count() == other.len() && pairs.all(is_same_pair)
}

fn is_about_date(message: &str) -> bool {
    let kinds = ["invalid date", "invalid time", "invalid offset"];
    kinds.iter().any(|kind| message.starts_with(kind))
}

/// Reads a text here and there.
fn compare(text: &str) -> Result<(), String> {
    match (parse(text), DeTable::parse(text)) {
        (Ok(table), Ok(other)) if is_same_table(&table, other.get_ref()) => Ok(()),
        (Ok(table), Ok(other)) => Err(format!("{text}\n{table:#?}\n{other:#?}")),
        (Err(_), Err(_)) => Ok(()),
        // Nothing here takes a date, so that none is looked at.
        (Ok(_), Err(other)) if is_about_date(other.message()) => Ok(()),
        (Ok(_), Err(other)) => Err(format!("{text}\nread, but: {other}")),
        (Err(error), Ok(_)) => Err(format!("{text}\nnot read: {}", error.message)),
    }
}

#[test]
fn every_scenario_reads_as_it_does_with_the_crate() {
    for folder in std::fs::read_dir("scenarios").unwrap() {
        let file = folder.unwrap().path().join("scenario.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(parse(&text).is_ok(), "{}", file.display());
        compare(&text).unwrap();
    }
}

#[test]
fn all_of_the_language_is_read() {
    for text in [
        "",
        "a = 1_000\nb = 0x_ff\n",
        "a = 0xff\nb = 0o17\nc = 0b11\nd = -7\ne = +7\nf = 1.5e3\ng = inf\nh = -nan\n",
        "a = true\nb = 1979-05-27T07:32:00Z\nc = 07:32:00\n",
        "a = \"x\\ty\\u00e9\\\\\"\nb = 'C:\\x'\nc = \"\"\"\none\\\n   two\"\"\"\nd = '''\nraw'''\n",
        "a = [1, [2, 3], { b = 4, c.d = 5 }, ] # end\nf = []\ng = {}\n",
        "a.b.c = 1\na.b.d = 2\n\"quoted key\".\"x\" = 3\n'other' = 4\n",
        "[a]\nx = 1\n[a.b]\ny = 2\n[[c]]\nz = 3\n[[c]]\nz = 4\n[c.d]\nw = 5\n[[c.e]]\n[[c.e]]\n",
        "[a.b.c]\nx = 1\n[a]\ny = 2\n[a.b]\nz = 3\n",
        "[a]\nb.c = 1\n[a.b.d]\nx = 2\n",
        "\r\na = 1\r\n",
    ] {
        compare(text).unwrap();
    }
}

#[test]
fn the_place_of_a_mistake_is_the_one_of_the_crate() {
    for text in [
        "a = 1\na = 2\n",
        "a.b = 1\na = 2\n",
        "a = 1\na.b = 2\n",
        "a = [1]\na.b = 2\n",
        "a = {b = 1}\na.c = 2\n",
        "[a]\n[a]\n",
        "[a]\n[[a]]\n",
        "[[a]]\n[a]\n",
        "a = [1]\n[[a]]\n",
        "a = [{}]\n[[a]]\n",
        "a = [{}]\n[a.b]\n",
        "[a]\nb.c = 1\n[a.b]\n",
        "[a.b]\n[a]\nb.c = 1\n",
        "a = {b = 1, b = 2}\n",
        "a = {b = 1, b.c = 2}\n",
        "a = 1 b = 2",
        "a = 1\na = 2\nb = ]",
        "a = ",
        "a",
        "[a",
        "[[a]",
        "= 1",
        "a = \"x",
        "a = '''x",
        "a = \"\\q\"",
        "a = [1",
        "a = {b = 1",
        "a = 1__0",
        "a = 01",
        "a = 0xg",
        "a = tru",
        "a = 1.",
        "\u{1}",
        "a = \"\u{1}\"",
        "# \u{1}",
    ] {
        let error = parse(text).expect_err(text);
        let other = DeTable::parse(text).expect_err(text);
        assert_eq!(error.message, other.message(), "{text:?}");
        assert_eq!(error.at, other.span().map(|span| span.start), "{text:?}");
    }
}

#[test]
fn what_is_too_deep_is_refused() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("a = {}1{}", "[".repeat(100), "]".repeat(100)),
        format!("a{} = 1", ".a".repeat(100_000)),
        format!("[a{}]", ".a".repeat(100)),
        (0..200)
            .map(|depth| format!("[[a{}]]\n", ".a".repeat(depth)))
            .collect(),
    ] {
        assert!(parse(&text).is_err());
        compare(&text).unwrap();
    }
    let text = format!("a = {}1{}", "[".repeat(70), "]".repeat(70));
    compare(&text).unwrap();
    assert!(parse(&text).is_ok());
}

/// Pieces of which texts are made that are TOML now and then.
fn piece() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "a",
        "b",
        "c",
        "a.b",
        "a.b.c",
        "b.a",
        "\"a\"",
        "'b'",
        " = ",
        " = ",
        " = ",
        "1",
        "-0.5",
        "0x1F",
        "true",
        "\"x\"",
        "'''\ny\n'''",
        "\"\"\"z\\\n  z\"\"\"",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ", ",
        "\n",
        "\n",
        "\n",
        "# c\n",
        " ",
        "_",
        "\\",
        "é",
        "\r\n",
        "\t",
    ])
}

/// Lines that are right, one by one.
fn line() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(vec!["a", "b", "a.b", "a.c", "b.a", "a.b.c", "c", "c.a"]);
    let value = proptest::sample::select(vec![
        "1",
        "\"x\"",
        "[]",
        "[1, 2]",
        "{}",
        "{ a = 1 }",
        "{ a.b = 1, a.c = 2 }",
        "[{ a = 1 }, {}]",
    ]);
    (key, value, 0..4_u8).prop_map(|(key, value, kind)| match kind {
        0 => format!("[{key}]\n"),
        1 => format!("[[{key}]]\n"),
        _ => format!("{key} = {value}\n"),
    })
}

proptest! {
    #[test]
    fn random_pieces_read_as_with_the_crate(pieces in proptest::collection::vec(piece(), 0..40)) {
        prop_assert_eq!(compare(&pieces.concat()), Ok(()));
    }

    #[test]
    fn random_lines_read_as_with_the_crate(lines in proptest::collection::vec(line(), 0..12)) {
        prop_assert_eq!(compare(&lines.concat()), Ok(()));
    }
}
