//! Bytes as text, six bits a character, in lines (RFC 4648, section 4): what the crate for it would cost the
//! page is more than this.

const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The bytes of a line; 100 characters.
const LINE: usize = 75;

/// Appends bytes, in lines.
pub(super) fn write(bytes: &[u8], text: &mut String) {
    for line in bytes.chunks(LINE) {
        for three in line.chunks(3) {
            let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for place in 0..4 {
                let six = (bits >> (18 - 6 * place)) & 63;
                text.push(if place > three.len() {
                    '='
                } else {
                    char::from(CHARACTERS[six as usize])
                });
            }
        }
        text.push('\n');
    }
}

/// Reads bytes; none where the text is no such text.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for line in text.lines() {
        let (fours, rest) = line.as_bytes().as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        for (place, four) in fours.iter().enumerate() {
            let mut bits = 0;
            let fill = four.iter().rev().take_while(|each| **each == b'=').count();
            if fill > 2 || (fill > 0 && place + 1 < fours.len()) {
                return None;
            }
            for character in four.iter().take(4 - fill) {
                let six = CHARACTERS.iter().position(|each| each == character)?;
                bits = bits << 6 | u32::try_from(six).ok()?;
            }
            let [_, three @ ..] = (bits << (6 * fill)).to_be_bytes();
            bytes.extend(three.iter().take(3 - fill));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_write() {
        // RFC 4648, section 10.
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg==\n"),
            ("fo", "Zm8=\n"),
            ("foo", "Zm9v\n"),
            ("foob", "Zm9vYg==\n"),
            ("fooba", "Zm9vYmE=\n"),
            ("foobar", "Zm9vYmFy\n"),
        ] {
            let mut text = String::new();
            write(bytes.as_bytes(), &mut text);
            assert_eq!(text, expected);
            assert_eq!(read(&text).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["Zg=", "Z===", "====", "Zg==Zg==", "Zm=v", "Zm9v.", "Zm9$"] {
            assert_eq!(read(text), None, "{text}");
        }
        let all: Vec<u8> = (0..=255).collect();
        let mut text = String::new();
        write(&all, &mut text);
        assert_eq!(read(&text), Some(all));
    }
}
