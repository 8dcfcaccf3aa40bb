//! Pieces of HTML as text, for what is only read and drawn often: the browser makes many small
//! elements faster from one text than one by one.

use web_sys::Element;

use super::follow_boxed;

/// Some HTML. Words go into it only through [`Html::words`], which escapes them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Puts it into an element, in place of what is there.
    pub fn put_into(&self, element: &Element) {
        element.set_inner_html(&self.0);
    }

    /// With an element around words, and attributes that are left out where they are empty.
    pub fn element(&mut self, name: &str, attributes: &[(&str, &str)], words: &str) {
        self.open(name, attributes);
        self.words(words);
        self.close(name);
    }

    /// With the start of an element.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            if !value.is_empty() {
                self.0.push(' ');
                self.0.push_str(name);
                self.0.push_str("=\"");
                self.words(value);
                self.0.push('"');
            }
        }
        self.0.push('>');
    }

    /// With the end of an element.
    pub fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// With words, whatever is in them.
    pub fn words(&mut self, words: &str) {
        escape(words, &mut self.0);
    }
}

/// Writes words such that HTML reads them as words, between elements and in quoted attributes.
fn escape(words: &str, into: &mut String) {
    let mut rest = words;
    while let Some(place) = rest.find(['&', '<', '>', '"']) {
        into.push_str(&rest[..place]);
        into.push_str(match rest.as_bytes()[place] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[place + 1..];
    }
    into.push_str(rest);
}

pub(super) fn follow(element: Element, html: Box<dyn Fn() -> Html>) {
    let mut before = Html::new();
    follow_boxed(Box::new(move || {
        let now = html();
        if now != before {
            now.put_into(&element);
            before = now;
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        let mut html = Html::new();
        let name = "<img src=x onerror=\"alert('1')\"> & é";
        html.element("td", &[("title", name), ("class", "")], name);
        let escaped = "&lt;img src=x onerror=&quot;alert('1')&quot;&gt; &amp; é";
        assert_eq!(
            html.as_str(),
            format!("<td title=\"{escaped}\">{escaped}</td>")
        );
    }
}
