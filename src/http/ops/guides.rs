//! The guides of this repository as pages: rendered from the Markdown that the program was built with.

use std::collections::HashMap;
use std::sync::OnceLock;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A page without scripts.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Name below `/docs/`, title, and text.
const GUIDES: [(&str, &str, &str); 3] = [
    (
        "protocol",
        "The protocol",
        include_str!("../../../docs/protocol.md"),
    ),
    (
        "reliability",
        "Reliability",
        include_str!("../../../docs/reliability.md"),
    ),
    (
        "measurements",
        "Measurements",
        include_str!("../../../docs/measurements.md"),
    ),
];

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem 1.25rem 4rem}\
nav{padding:.5rem 0;border-bottom:1px solid #8886}nav a{margin-right:1rem}\
h1,h2,h3{line-height:1.25;scroll-margin-top:1rem}\
pre{overflow:auto;padding:.75rem;background:#8882;border-radius:6px}\
code{font:.9em ui-monospace,monospace}\
.table{overflow-x:auto}table{border-collapse:collapse}\
td,th{border:1px solid #8886;padding:.3rem .5rem;text-align:left;vertical-align:top}";

/// The page of a guide; `None` if there is none of this name.
pub(super) fn page(name: &str) -> Option<&'static str> {
    static PAGES: OnceLock<HashMap<&str, String>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| {
        let rendered = GUIDES.iter().map(|(name, title, text)| {
            let body = render(text);
            (*name, frame(title, &body))
        });
        rendered.collect()
    });
    pages.get(name).map(String::as_str)
}

fn frame(title: &str, body: &str) -> String {
    let links = GUIDES
        .iter()
        .map(|(name, title, _)| format!("<a href=\"{name}\">{title}</a>"));
    let links: String = links.collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - Sentinal Chat</title><style>{STYLE}</style></head><body>\
         <nav><a href=\"./\">API document</a>{links}\
         <a href=\"../asyncapi.json\">asyncapi.json</a></nav>\n<main>{body}</main></body></html>\n"
    )
}

/// Markdown as HTML. Headings can be linked to by their words; a link to another guide leads to its page,
/// one to a file that is not served to nowhere: its text stays. HTML in the text is shown as text.
fn render(text: &str) -> String {
    let mut anchors = anchors(text).into_iter();
    let mut open_links = Vec::new();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            let id = anchors.next().unwrap_or_default();
            let level = level as usize;
            Some(Event::Html(format!("<h{level} id=\"{id}\">").into()))
        }
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let target = target(&dest_url);
            open_links.push(target.is_some());
            target.map(|dest_url| {
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                })
            })
        }
        Event::End(TagEnd::Link) => open_links
            .pop()
            .unwrap_or(false)
            .then_some(Event::End(TagEnd::Link)),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        other => Some(other),
    });
    let mut page = String::with_capacity(text.len() * 2);
    html::push_html(&mut page, events);
    // Wide tables scroll by themselves.
    page.replace("<table>", "<div class=\"table\"><table>")
        .replace("</table>", "</table></div>")
}

/// Where a link leads from a guide's page.
fn target<'a>(link: &str) -> Option<CowStr<'a>> {
    if link.starts_with('#') || link.starts_with("https://") || link.starts_with("http://") {
        return Some(link.to_owned().into());
    }
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (link, String::new()),
    };
    let name = file.trim_start_matches("./").strip_suffix(".md")?;
    GUIDES
        .iter()
        .any(|(known, _, _)| *known == name)
        .then(|| format!("{name}{anchor}").into())
}

/// What each heading is linked to by, in order: its words in lower case, joined by dashes.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(
                HeadingLevel::H1
                | HeadingLevel::H2
                | HeadingLevel::H3
                | HeadingLevel::H4
                | HeadingLevel::H5
                | HeadingLevel::H6,
            )) => anchors.extend(heading.take().map(|words| slug(&words))),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn slug(words: &str) -> String {
    let kept = words.chars().filter_map(|character| match character {
        ' ' | '-' => Some('-'),
        character if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_is_a_page_whose_links_lead_somewhere() {
        for (name, _, _) in GUIDES {
            let html = page(name).unwrap();
            for link in html.split("href=\"").skip(1) {
                let link = link.split('"').next().unwrap();
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                if file.starts_with("http") || file.starts_with('.') {
                    continue;
                }
                let target = if file.is_empty() {
                    Some(html)
                } else {
                    page(file)
                };
                let target = target.unwrap_or_else(|| panic!("{name}: {link}"));
                let id = format!("id=\"{anchor}\"");
                assert!(anchor.is_empty() || target.contains(&id), "{name}: {link}");
            }
        }
        assert_eq!(page("nothing"), None);
    }

    #[test]
    fn a_text_brings_no_html_of_its_own() {
        let html = render("# A <b>`b` c</b>!\n\n<script>alert(1)</script>\n\n[x](../README.md)");
        assert!(html.contains("<h1 id=\"a-b-c\">"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("href"), "{html}");
    }
}
