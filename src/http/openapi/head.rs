//! Reads the head of an endpoint, the comment above its handler: its sentence, and the table of what
//! it answers.

use crate::http::routes::Operation;

/// What a line of a comment above an item starts with.
const MARK: &str = "///";

/// What a head says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The function that it stands above.
    handler: String,
    /// The method that it names.
    method: String,
    /// The path that it names, without query.
    path: String,
    /// Another path of the same operation, by its last segment.
    alias: Option<String>,
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
    /// The head of an operation with this path.
    pub(super) fn of(operation: &Operation, path: &str) -> Option<Self> {
        let row = &operation.row;
        Self::find(row.source, row.handler, row.method.as_str(), path)
    }

    fn find(source: &str, handler: &str, method: &str, path: &str) -> Option<Self> {
        let mut heads = Self::all(source).into_iter();
        heads.find(|head| head.is_of(handler, method, path))
    }

    /// All heads in the text of a file; other comments are passed over.
    fn all(source: &str) -> Vec<Self> {
        let lines: Vec<&str> = source.lines().collect();
        lines
            .chunk_by(|line, next| line.starts_with(MARK) || !next.starts_with(MARK))
            .filter_map(Self::read)
            .collect()
    }

    /// Reads a comment and what follows it; `None` if it is not in the form of an endpoint's.
    fn read(lines: &[&str]) -> Option<Self> {
        let (comment, rest): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|line| line.starts_with(MARK));
        let handler = rest.iter().find_map(|line| line.split_once(" fn "))?.1;
        let lines: Vec<&str> = comment
            .into_iter()
            .filter_map(|line| line.strip_prefix(MARK))
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
            handler: handler.split('(').next()?.to_owned(),
            method: method.to_owned(),
            path: path.split('?').next().unwrap_or(path).to_owned(),
            alias: alias.map(|path| path.trim_start_matches('…').to_owned()),
            summary: capitalised(summary.trim()),
            description: rest.join("\n\n"),
            answers: table.iter().filter_map(|row| Answered::read(row)).collect(),
        })
    }

    /// Whether it speaks of this operation. An alias may have a handler of its own.
    fn is_of(&self, handler: &str, method: &str, path: &str) -> bool {
        let is_own = self.handler == handler && self.path == path;
        let is_alias = self
            .alias
            .as_ref()
            .is_some_and(|alias| path.ends_with(alias.as_str()));
        self.method == method && (is_own || is_alias)
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
    use sentinal_protocol::ErrorCode;

    use super::super::document::template;
    use super::*;
    use crate::http::operations;

    /// The lines of a file.
    const SOURCE: [&str; 22] = [
        "//! Things.",
        "",
        "use nothing;",
        "",
        "/// Of things.",
        "const MAX: usize = 1;",
        "",
        "/// `POST /v1/things/{id}/read`, alias `…/read-up-to` — marks it,",
        "/// and what is before it.",
        "///",
        "/// Slowly.",
        "///",
        "/// | status | code | when |",
        "/// |---|---|---|",
        "/// | 200 |  | marked |",
        "/// | 409 | `CONFLICT`, `BLOCKED` | not `so` |",
        "pub(super) async fn mark_read(app: App) {}",
        "",
        "/// `GET /v1/things` — lists them.",
        "pub(super) async fn list(",
        "    app: App,",
        ") {}",
    ];

    fn find(handler: &str, method: &str, path: &str) -> Option<Head> {
        Head::find(&SOURCE.join("\n"), handler, method, path)
    }

    #[test]
    fn a_head_is_its_route_its_sentence_and_its_table() {
        let head = find("mark_read", "POST", "/v1/things/{id}/read").unwrap();
        assert_eq!(head.summary, "Marks it, and what is before it.");
        assert_eq!(head.description, "Slowly.");
        assert_eq!(head.answers.len(), 2);
        assert_eq!(head.answers[0].codes, Vec::<String>::new());
        assert_eq!(head.answers[1].codes, ["CONFLICT", "BLOCKED"]);
        assert_eq!(head.answers[1].when, "not `so`");
        assert_eq!(Head::all(&SOURCE.join("\n")).len(), 2);
    }

    #[test]
    fn a_head_belongs_to_the_handler_below_it_and_to_its_alias() {
        assert!(find("list", "GET", "/v1/things").is_some());
        assert!(find("mark_read", "GET", "/v1/things").is_none());
        assert!(find("list", "POST", "/v1/things").is_none());
        assert!(find("other", "POST", "/v1/things/{id}/read").is_none());
        let alias = find("other", "POST", "/v1/things/{id}/read-up-to");
        assert_eq!(alias.unwrap().handler, "mark_read");
    }

    fn head_of(operation: &Operation) -> Option<Head> {
        Head::of(operation, &template(&operation.pattern))
    }

    #[test]
    fn each_handler_has_a_head_that_speaks_of_its_route() {
        for operation in operations() {
            let path = template(&operation.pattern);
            let head = head_of(&operation);
            let head = head.unwrap_or_else(|| panic!("{} {path}: no head", operation.method));
            assert!(head.summary.len() > 3, "{path}: no sentence");
            assert!(
                head.answers.iter().any(|answer| answer.codes.is_empty())
                    || ["/v1/ws", "/v1/messages/search"].contains(&path.as_str()),
                "{path}: no success"
            );
        }
    }

    /// The head of a route that is gone would be read by nobody.
    #[test]
    fn each_head_speaks_of_a_route() {
        let served: Vec<Head> = operations().iter().filter_map(head_of).collect();
        for operation in operations() {
            for head in Head::all(operation.row.source) {
                assert!(served.contains(&head), "{} {}", head.method, head.path);
            }
        }
    }

    #[test]
    fn each_refusal_has_the_status_of_its_code() {
        for operation in operations() {
            let head = head_of(&operation).unwrap();
            for answer in head.answers {
                for code in &answer.codes {
                    let known = ErrorCode::parse(code);
                    let known = known.unwrap_or_else(|| panic!("{}: {code}", head.path));
                    assert_eq!(known.status(), answer.status, "{}: {code}", head.path);
                }
                assert_eq!(
                    answer.codes.is_empty(),
                    answer.status < 400,
                    "{}: a refusal has a code, a success has none",
                    head.path
                );
            }
        }
    }
}
