//! Reads the `//!` head of an endpoint's file: its sentence, and the table of what it answers.

/// What a head says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The method that it names.
    pub(super) method: String,
    /// The path that it names, without query.
    pub(super) path: String,
    /// Another path of the same operation, by its last segment.
    pub(super) alias: Option<String>,
    /// The sentence behind the dash.
    pub(super) summary: String,
    /// The paragraphs between the first one and the table.
    pub(super) description: String,
    /// The table, in order.
    pub(super) answers: Vec<Answered>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    /// The status.
    pub(super) status: u16,
    /// Codes of a refusal; none for a success.
    pub(super) codes: Vec<String>,
    /// In which case.
    pub(super) when: String,
}

impl Head {
    /// Reads the head of a file's text; `None` if it is not in the form of an endpoint's.
    pub(super) fn read(source: &str) -> Option<Self> {
        let lines: Vec<&str> = source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(str::trim)
            .collect();
        let (text, table): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|line| !line.starts_with('|'));
        let paragraphs: Vec<String> = text
            .split(|line| line.is_empty())
            .filter(|lines| !lines.is_empty())
            .map(|lines| lines.join(" "))
            .collect();
        let (first, rest) = paragraphs.split_first()?;
        let (route, behind) = first.strip_prefix('`')?.split_once('`')?;
        let (method, path) = route.split_once(' ')?;
        let (alias, summary) = match behind.split_once(" — ") {
            Some((alias, summary)) => (alias, summary),
            // `GET /v1/ws` without asking to upgrade.
            None => ("", behind),
        };
        let alias = alias.split('`').nth(1);
        Some(Self {
            method: method.to_owned(),
            path: path.split('?').next().unwrap_or(path).to_owned(),
            alias: alias.map(|path| path.trim_start_matches('…').to_owned()),
            summary: capitalised(summary.trim()),
            description: rest.join("\n\n"),
            answers: table.iter().filter_map(|row| Answered::read(row)).collect(),
        })
    }

    /// Whether it speaks of this operation.
    pub(super) fn is_of(&self, method: &str, path: &str) -> bool {
        let is_path = self.path == path
            || self
                .alias
                .as_ref()
                .is_some_and(|alias| path.ends_with(alias.as_str()));
        self.method == method && is_path
    }
}

impl Answered {
    fn read(row: &str) -> Option<Self> {
        let mut cells = row.trim_matches('|').splitn(3, '|').map(str::trim);
        let status = cells.next()?.parse().ok()?;
        let codes = cells.next()?;
        Some(Self {
            status,
            codes: codes
                .split(',')
                .map(|code| code.trim().trim_matches('`').to_owned())
                .filter(|code| !code.is_empty())
                .collect(),
            when: cells.next()?.to_owned(),
        })
    }
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_its_route_its_sentence_and_its_table() {
        let source = "\
//! `POST /v1/things/{id}/read`, alias `…/read-up-to` — marks it,
//! and what is before it.
//!
//! Slowly.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | marked |
//! | 409 | `CONFLICT`, `BLOCKED` | not `so` |

use nothing;
";
        let head = Head::read(source).unwrap();
        assert_eq!(head.summary, "Marks it, and what is before it.");
        assert_eq!(head.description, "Slowly.");
        assert!(head.is_of("POST", "/v1/things/{id}/read"));
        assert!(head.is_of("POST", "/v1/things/{id}/read-up-to"));
        assert!(!head.is_of("POST", "/v1/things/{id}"));
        assert_eq!(head.answers.len(), 2);
        assert_eq!(head.answers[0].codes, Vec::<String>::new());
        assert_eq!(head.answers[1].codes, ["CONFLICT", "BLOCKED"]);
        assert_eq!(head.answers[1].when, "not `so`");
    }
}
