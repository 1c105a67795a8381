//! Days as people write them.

use crate::base::french::MONTHS;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A day, shown as pages write it: « 1er octobre 2019 », « 26 février 2019 ».
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    /// Of the common era.
    year: u16,
    /// From 1 to 12.
    month: u8,
    /// From 1 to 31.
    day: u8,
}

impl Date {
    /// The day, or `None` where the calendar has none such.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let longest = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => 31,
        };
        let is_there = (1..=12).contains(&month) && (1..=longest).contains(&day);
        is_there.then_some(Date { year, month, day })
    }

    /// The day that `text` names, as in ISO 8601: `2019-10-01`, whatever may follow.
    ///
    /// ```
    /// use voixoff::base::transcript::Date;
    ///
    /// assert_eq!(Date::parse_iso("2026-02-30"), None);
    /// ```
    pub fn parse_iso(text: &str) -> Option<Date> {
        let mut parts = text.get(..10)?.split('-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        Date::new(year, month, parts.next()?.parse().ok()?)
    }

    /// As in ISO 8601: `2019-10-01`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = MONTHS[usize::from(self.month) - 1];
        let first = if self.day == 1 { "er" } else { "" };
        write!(f, "{}{first} {month} {}", self.day, self.year)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.iso()
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Date, String> {
        let date = Date::parse_iso(&text).filter(|date| date.iso() == text);
        date.ok_or_else(|| format!("`{text}` is not a day like 2019-10-01"))
    }
}
