//! Addresses of the web: which text is one, what a relative one means, and what of one may be
//! shown to everybody.
//!
//! Feeds that are paid for carry who listens in their addresses: `user:password@`, or a token
//! in the query. Such an address is asked for as it is; whatever is written or said has only
//! [`public`] of it.

use std::borrow::Cow;

/// Parts of a parameter's name that say that its value opens something, or tells who asks; in
/// lower case. A name has its parts between `-`, `_`, `.` and capitals.
const SECRET: &[&str] = &[
    "accesstoken",
    "apikey",
    "auth",
    "authorization",
    "authtoken",
    "credential",
    "credentials",
    "email",
    "expires",
    "hash",
    "hmac",
    "jwt",
    "key",
    "login",
    "mail",
    "pass",
    "passwd",
    "password",
    "policy",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "sid",
    "sig",
    "sign",
    "signature",
    "token",
    "tokens",
    "user",
    "username",
];

/// Parts of a path behind which a secret stands.
const BEFORE_SECRET: &[&str] = &["auth", "key", "private", "token"];

/// What stands in a public address in the place of a part of a path.
const HIDDEN: &str = "***";

/// Names by which programs that subscribe to feeds call `http` and `https`.
const FEED_SCHEMES: &[&str] = &["feed", "itpc", "pcast", "podcast"];

/// Whether `text` is an address of `http` or `https`.
pub fn is_http(text: &str) -> bool {
    let begins = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("http://") || begins("https://")
}

/// The address to ask for where a person typed `text`: as it is, or that of `feed://…`, as
/// buttons of web pages have it. `None` of a path.
///
/// ```
/// use voixoff::net::web::typed;
///
/// assert_eq!(typed("feed://example.org/flux").as_deref(), Some("https://example.org/flux"));
/// assert_eq!(typed("episode.mp3"), None);
/// ```
pub fn typed(text: &str) -> Option<Cow<'_, str>> {
    if is_http(text) {
        return Some(text.into());
    }
    let (scheme, rest) = text.split_once(':')?;
    let is_feed = FEED_SCHEMES.iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let rest = Some(rest).filter(|_| is_feed)?;
    match rest.strip_prefix("//") {
        // `feed://https://…` is seen, too.
        Some(rest) if is_http(rest) => Some(rest.into()),
        // It means `http`; whoever has only that says so by a redirection the other way round
        // seldom enough, and a token is not to travel in the open.
        Some(rest) if !rest.is_empty() => Some(format!("https://{rest}").into()),
        _ => is_http(rest).then_some(rest.into()),
    }
}

/// The address that `reference` means in a document at `base`, as RFC 3986 has it in section
/// 5.2; `None` where it is no address of the web.
pub fn resolved(base: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    if is_http(reference) {
        return Some(reference.to_owned());
    }
    let is_other_scheme = reference.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if reference.is_empty() || is_other_scheme || !is_http(base) {
        return None;
    }
    let base = base.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://")?;
    if let Some(rest) = reference.strip_prefix("//") {
        return (!rest.is_empty()).then(|| format!("{scheme}://{rest}"));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, place) = rest.split_at(end);
    let path = place.split('?').next().unwrap_or_default();
    if reference.starts_with('?') {
        return Some(format!("{scheme}://{authority}{path}{reference}"));
    }
    if reference.starts_with('#') {
        return Some(format!("{scheme}://{authority}{place}{reference}"));
    }
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    let (way, rest) = reference.split_at(end);
    let folder = path.rfind('/').map_or("", |slash| &path[..slash]);
    let whole = if way.starts_with('/') { way.to_owned() } else { format!("{folder}/{way}") };
    Some(format!("{scheme}://{authority}{}{rest}", without_dots(&whole)))
}

/// `path` without `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let all: Vec<&str> = path.split('/').skip(1).collect();
    for (idx, part) in all.iter().enumerate() {
        let is_last = idx + 1 == all.len();
        match *part {
            "." | ".." => {
                if *part == ".." {
                    parts.pop();
                }
                if is_last {
                    parts.push("");
                }
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `address` without what opens anything or tells who asks: `user:password@`, and what the
/// names of parameters, or the parts of the path, say to be secret. What is no address of the
/// web stays as it is.
///
/// A secret that calls itself nothing at all is not known for one.
///
/// ```
/// use voixoff::net::web::public;
///
/// assert_eq!(public("https://jean:secret@example.org/flux"), "https://example.org/flux");
/// ```
pub fn public(address: &str) -> Cow<'_, str> {
    let mut shown = shown(address, 0);
    // What is left may be an address with a secret again; each time it is shorter.
    while let Cow::Owned(shorter) = self::shown(&shown, 0) {
        shown = shorter.into();
    }
    shown
}

/// Addresses in each other that are looked at; more are in none that leads anywhere, and are hidden.
const NESTED_MAX: usize = 8;

/// `address`, which is in so many others, after one look.
fn shown(address: &str, n_around: usize) -> Cow<'_, str> {
    if !is_http(address) && typed(address).is_none() {
        return address.into();
    }
    let Some((scheme, rest)) = address.split_once("://") else { return address.into() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, place) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (place, fragment) = match place.split_once('#') {
        Some((place, fragment)) => (place, Some(fragment)),
        None => (place, None),
    };
    let (path, query) = match place.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (place, None),
    };
    let mut shown = format!("{scheme}://{host}{}", public_path(path));
    for (mark, pairs) in [('?', query), ('#', fragment)] {
        let kept: Vec<&str> = pairs.into_iter().flat_map(|pairs| pairs.split('&')).collect();
        let kept: Vec<&str> = kept.into_iter().filter(|pair| !is_secret(pair)).collect();
        if !kept.is_empty() {
            shown.push(mark);
            shown.push_str(&kept.join("&"));
        }
    }
    // Whoever counts listeners puts the whole address behind their own.
    let behind = shown.find("://").map_or(0, |place| place + 3);
    let inner = ["https://", "http://"].iter().filter_map(|scheme| shown[behind..].find(scheme));
    if let Some(start) = inner.min().map(|start| behind + start) {
        let inner = match n_around {
            NESTED_MAX => HIDDEN.to_owned(),
            _ => self::shown(&shown[start..], n_around + 1).into_owned(),
        };
        shown.truncate(start);
        shown.push_str(&inner);
    }
    if shown == address { address.into() } else { shown.into() }
}

/// Whether `address` has nothing to hide.
pub fn is_public(address: &str) -> bool {
    matches!(public(address), Cow::Borrowed(_))
}

fn public_path(path: &str) -> String {
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let is_behind = BEFORE_SECRET.iter().any(|word| before.eq_ignore_ascii_case(word));
        let is_long = part.len() >= 16 && !part.contains('.');
        // What begins so is a JSON web token: `{"` in base 64.
        let is_token = part.len() >= 20 && part.starts_with("eyJ");
        before = part;
        if is_token || (is_behind && is_long) { HIDDEN } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the name of a parameter says that its value is secret.
fn is_secret(pair: &str) -> bool {
    let Some((name, _)) = pair.split_once('=') else { return false };
    let mut parts = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        let is_edge = !character.is_ascii_alphanumeric();
        if is_edge || (was_small && character.is_ascii_uppercase()) {
            parts.push(String::new());
        }
        was_small = character.is_ascii_lowercase();
        if let (false, Some(part)) = (is_edge, parts.last_mut()) {
            part.push(character.to_ascii_lowercase());
        }
    }
    parts.iter().any(|part| SECRET.contains(&part.as_str()))
}

/// `text`, which may be XML, in bytes of any encoding that has ASCII, with [`public`] of each
/// address in it; `None` where nothing had to be hidden.
pub fn without_secrets(text: &[u8]) -> Option<Vec<u8>> {
    let mut shown = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].windows(3).position(|bytes| bytes == b"://") {
        let colon = at + found;
        let is_letter = |byte: &&u8| byte.is_ascii_alphabetic();
        let start = colon - text[from..colon].iter().rev().take_while(is_letter).count();
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"'`\\".contains(byte);
        let length = text[start..].iter().position(is_end).unwrap_or(text.len() - start);
        at = (colon + 3).max(start + length);
        // A character for a byte: an address of another encoding comes through as it is.
        let written: String = text[start..start + length].iter().map(|&b| char::from(b)).collect();
        let is_escaped = written.contains("&amp;");
        let address = if is_escaped { written.replace("&amp;", "&") } else { written };
        let Cow::Owned(address) = public(&address) else { continue };
        let address = if is_escaped { address.replace('&', "&amp;") } else { address };
        shown.extend_from_slice(&text[from..start]);
        shown.extend(address.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()));
        from = at;
    }
    (from > 0).then(|| {
        shown.extend_from_slice(&text[from..]);
        shown
    })
}

/// The server that `address` names, with its port where that is written.
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// The scheme and the server of `address`, as they are written there.
pub(super) fn server(address: &str) -> (&str, &str) {
    (address.split_once("://").map_or("", |(scheme, _)| scheme), host(address))
}

/// What stands behind the last `/` of the path, with its signs as they are meant.
pub fn file_name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let name = path.split_once('/').map_or("", |(_, path)| path).rsplit('/').next();
    String::from_utf8_lossy(&decoded(name.unwrap_or_default())).into_owned()
}

/// `address` as it is asked for, and who asks, where it says so: `user:password`.
pub(super) fn without_user(address: &str) -> (Cow<'_, str>, Option<Vec<u8>>) {
    let parts = address.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, place) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@')?;
        Some((format!("{scheme}://{host}{place}"), decoded(user)))
    });
    match parts {
        Some((address, user)) => (address.into(), Some(user)),
        None => (address.into(), None),
    }
}

/// `address` as servers are asked for it: what is no sign of an address is percent-encoded as
/// UTF-8, as RFC 3987 has it in section 3.1, and a `%` that encodes nothing as well. What is
/// encoded stays as it is.
///
/// # Errors
/// What is wrong with the name of the server, which must be written in ASCII (RFC 5891).
pub(super) fn asked_for(address: &str) -> Result<String, String> {
    let asked = encoded(address.trim().as_bytes());
    if host(&asked).contains('%') {
        let name = String::from_utf8_lossy(&decoded(host(&asked))).into_owned();
        return Err(match name.is_ascii() {
            true => format!("no server is called `{name}`"),
            false => format!("the name of its server, `{name}`, is not written in ASCII"),
        });
    }
    Ok(asked)
}

/// `address`, which may be bytes of any encoding, in the signs that an address may have.
pub(super) fn encoded(address: &[u8]) -> String {
    let is_code = |at: usize| {
        let digits = address.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut text = String::with_capacity(address.len());
    for (at, &byte) in address.iter().enumerate() {
        let is_sign = byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if is_sign && (byte != b'%' || is_code(at)) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The bytes that `text` stands for, `%41` for « A ».
fn decoded(text: &str) -> Vec<u8> {
    let (bytes, mut plain, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let code = code.filter(|_| byte == b'%');
        plain.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_buttons_of_web_pages_have_is_an_address() {
        assert_eq!(typed("feed://a.fr/f").as_deref(), Some("https://a.fr/f"));
        assert_eq!(typed("feed:http://a.fr/f").as_deref(), Some("http://a.fr/f"));
        assert_eq!(typed("Podcast://https://a.fr").as_deref(), Some("https://a.fr"));
        assert_eq!(typed("HTTPS://a.fr/f").as_deref(), Some("HTTPS://a.fr/f"));
        for path in ["son.mp3", "a.fr/f", "C:/son.mp3", "feed:", "feed://", "s3://a/b", "@liste"] {
            assert_eq!(typed(path), None, "{path}");
        }
    }

    #[test]
    fn addresses_in_each_other_without_end_are_hidden_at_once() {
        let nested = "http://".repeat(10_000) + "a.fr/?token=secret";
        let shown = public(&nested);
        assert!(shown.len() < 100 && !shown.contains("secret"), "{shown:.200}");
        let three = "https://a.fr/https://b.fr/?x=https://c.fr/?token=secret";
        assert_eq!(public(three), "https://a.fr/https://b.fr/?x=https://c.fr/");
    }

    #[test]
    fn a_relative_address_is_seen_from_its_document() {
        let base = "https://a.fr:8/b/c.xml?d=1#e";
        for (reference, expected) in [
            ("un.mp3", "https://a.fr:8/b/un.mp3"),
            (" /un.mp3?x=../y ", "https://a.fr:8/un.mp3?x=../y"),
            ("../../un.mp3", "https://a.fr:8/un.mp3"),
            ("./g/../un/.", "https://a.fr:8/b/un/"),
            ("//z.fr/un.mp3", "https://z.fr/un.mp3"),
            ("?d=2", "https://a.fr:8/b/c.xml?d=2"),
            ("#f", "https://a.fr:8/b/c.xml?d=1#f"),
            ("http://z.fr/x", "http://z.fr/x"),
        ] {
            assert_eq!(resolved(base, reference).as_deref(), Some(expected), "{reference}");
        }
        assert_eq!(resolved("https://a.fr", "un.mp3").as_deref(), Some("https://a.fr/un.mp3"));
        for other in ["", "mailto:a@b.fr", "data:audio/mpeg,x", "file:///etc/passwd", "//"] {
            assert_eq!(resolved(base, other), None, "{other}");
        }
        assert_eq!(resolved("flux.xml", "un.mp3"), None);
    }

    #[test]
    fn who_listens_is_in_no_public_address() {
        for (address, expected) in [
            ("https://jean:mdp@a.fr/1.mp3", "https://a.fr/1.mp3"),
            ("https://a.fr/1.mp3?token=abc&x=1#t=5", "https://a.fr/1.mp3?x=1#t=5"),
            ("https://a.fr/1.mp3?token-time=1&token-hash=2", "https://a.fr/1.mp3"),
            ("https://a.fr/1?X-Amz-Signature=1&accessToken=2", "https://a.fr/1"),
            ("https://a.fr/private/0f8fad5bd9cb469f/1.mp3", "https://a.fr/private/***/1.mp3"),
            ("https://a.fr/eyJhbGciOiJIUzI1NiJ9.e30.x/1.mp3", "https://a.fr/***/1.mp3"),
            (
                "https://p.fr/r.mp3/https://jean:mdp@a.fr/1.mp3",
                "https://p.fr/r.mp3/https://a.fr/1.mp3",
            ),
            ("feed://jean:mdp@a.fr/", "feed://a.fr/"),
        ] {
            assert_eq!(public(address), expected);
            assert_eq!(public(expected), expected);
            assert!(is_public(expected) && !is_public(address), "{address}");
        }
        for plain in [
            "https://a.fr/1.mp3?author=Jean&source=rss&keyword=x",
            "https://a.fr/0f8fad5b-d9cb-469f-a165-70867728950e/1.mp3",
            "jean@a.fr",
            "../token=1/son.mp3",
            "https://p.fr/r.mp3/a.fr/1.mp3",
        ] {
            assert_eq!(public(plain), plain);
        }
    }

    #[test]
    fn a_feed_loses_its_secrets_and_nothing_else() {
        let xml = "<a u='https://j:m@a.fr/1?a=1&amp;token=2'/>\r\n<!-- x://y --><b>http://a.fr/?sig=1 é ://</b>";
        let shown = "<a u='https://a.fr/1?a=1'/>\r\n<!-- x://y --><b>http://a.fr/ é ://</b>";
        let hidden = without_secrets(xml.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(hidden).unwrap(), shown);
        assert_eq!(without_secrets(shown.as_bytes()), None);
        assert_eq!(without_secrets(b""), None);
        let latin = b"<a>http://a.fr/\xe9t\xe9?a=1&amp;b=2&amp;key=3</a>";
        assert_eq!(without_secrets(latin).unwrap(), b"<a>http://a.fr/\xe9t\xe9?a=1&amp;b=2</a>");
    }

    #[test]
    fn a_server_is_asked_in_the_signs_that_addresses_have() {
        for (address, expected) in [
            ("https://a.fr/b%20c?d=[1]&e=f+g#~", "https://a.fr/b%20c?d=[1]&e=f+g#~"),
            (" http://a.fr/été à Nice.mp3 ", "http://a.fr/%C3%A9t%C3%A9%20%C3%A0%20Nice.mp3"),
            ("http://a.fr/?q=é|\"<>\\^`{}", "http://a.fr/?q=%C3%A9%7C%22%3C%3E%5C%5E%60%7B%7D"),
            ("http://a.fr/100 %.mp3?r=5%&s=%4", "http://a.fr/100%20%25.mp3?r=5%25&s=%254"),
            ("http://a.fr/%C3%A9é%e9", "http://a.fr/%C3%A9%C3%A9%e9"),
        ] {
            assert_eq!(asked_for(address).as_deref(), Ok(expected));
            assert_eq!(asked_for(expected).as_deref(), Ok(expected));
        }
        assert_eq!(encoded(b"/\xe9t\xe9"), "/%E9t%E9");
        let refused = asked_for("https://radio-été.fr/1.mp3").unwrap_err();
        assert_eq!(refused, "the name of its server, `radio-été.fr`, is not written in ASCII");
    }

    #[test]
    fn an_address_names_its_server_and_its_file() {
        assert_eq!(host("https://j:m@a.fr:8/b@c"), "a.fr:8");
        assert_eq!(file_name("https://a.fr/b/%C3%A9t%C3%A9%20%.mp3?x=/y"), "été %.mp3");
        assert_eq!(file_name("https://a.fr"), "");
        let (address, user) = without_user("http://j%40b:m@a.fr?x=@");
        assert_eq!((address.as_ref(), user.as_deref()), ("http://a.fr?x=@", Some(&b"j@b:m"[..])));
        assert_eq!(without_user("http://a.fr/@").1, None);
    }
}
