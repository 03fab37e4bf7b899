//! The page with the plots: one file, no script, nothing to load.

use std::fmt::Write as _;

use super::svg::{Line, Plot};
use super::{Buckets, Report, from_buckets};
use crate::sampler::Sample;

/// Quantiles along the axis of the percentile plot: nines of the part that is faster.
const NINES: [f64; 9] = [0.0, 0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 0.99999];

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;\
color:#1c1917;background:#fff}table{border-collapse:collapse;width:100%}td,th{padding:.15em .6em;\
text-align:left;border-bottom:1px solid #e7e5e4}td.number{text-align:right;font-variant-numeric:tabular-nums}\
svg{width:100%;margin:1em 0}polyline{fill:none;stroke-width:1.6}.grid{stroke:#e7e5e4}text{font-size:11px;\
fill:#57534e}.title{font-size:14px;fill:#1c1917}.left,.name{text-anchor:end}.below{text-anchor:middle}\
.held{color:#15803d}.broken{color:#b91c1c}";

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{name}</title>\
         <style>{STYLE}</style><h1>{name}</h1><p>{machine}; {people} people, {database}.</p>",
        name = escaped(&report.scenario.name),
        machine = escaped(&report.machine.line()),
        people = report.scenario.people,
        database = escaped(&report.database),
    );
    verdict(&mut page, report);
    for plot in plots(report) {
        page.push_str(&plot.draw());
    }
    page.push_str("<h2>Figures</h2><table>");
    for (name, figure) in report.figures() {
        row(&mut page, &name, &format!("{figure:.2}"));
    }
    page.push_str("</table>");
    for (title, counts) in [
        ("Refused", &report.totals.refusals),
        ("Connections that ended", &report.totals.disconnects),
    ] {
        if counts.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(page, "<h2>{title}</h2><table>");
        for (what, count) in counts {
            row(&mut page, what, &count.to_string());
        }
        page.push_str("</table>");
    }
    page.push_str("</html>\n");
    page
}

fn verdict(page: &mut String, report: &Report) {
    if let Some(broken) = &report.broken {
        let _ = write!(page, "<p>Broken on the way: {}.</p>", escaped(broken));
    }
    if report.holds() {
        page.push_str(
            "<p class=\"held\">Every promise held: nothing was lost, doubled, out of order, \
             undecodable or late, and unread counts agree.</p>",
        );
        return;
    }
    page.push_str("<div class=\"broken\"><p>Promises were broken.</p><ul>");
    for (fault, faults) in &report.totals.faults {
        let _ = write!(page, "<li>{fault:?}, {} times<ul>", faults.count);
        for example in &faults.examples {
            let _ = write!(page, "<li>{}</li>", escaped(example));
        }
        page.push_str("</ul></li>");
    }
    if !report.ended_well {
        page.push_str("<li>The server did not end well</li>");
    }
    page.push_str("</ul></div>");
}

fn row(page: &mut String, name: &str, value: &str) {
    let (name, value) = (escaped(name), escaped(value));
    let _ = write!(page, "<tr><td>{name}<td class=\"number\">{value}</tr>");
}

fn plots(report: &Report) -> Vec<Plot> {
    let over_time = |name: &'static str, of: &dyn Fn(&Sample) -> f64| Line {
        name,
        points: report
            .samples
            .iter()
            .map(|it| (it.seconds, of(it)))
            .collect(),
    };
    let per_second = |name: &'static str, of: &dyn Fn(&Sample) -> f64| Line {
        name,
        points: report
            .samples
            .windows(2)
            .filter_map(|pair| {
                let [one, next] = pair else { return None };
                let seconds = (next.seconds - one.seconds).max(1e-3);
                Some((next.seconds, (of(next) - of(one)).max(0.0) / seconds))
            })
            .collect(),
    };
    let server = |sample: &Sample| sample.server.unwrap_or_default();
    let time = |title, lines| Plot {
        title,
        across: "seconds",
        logarithmic: false,
        marks: Vec::new(),
        lines,
    };
    vec![
        time(
            "Messages per second",
            vec![
                per_second("delivered", &|it| it.delivered as f64),
                per_second("answered", &|it| it.answered as f64),
                per_second("intended", &|it| it.intended as f64),
            ],
        ),
        Plot {
            logarithmic: true,
            ..time(
                "Milliseconds from intended time to arrival",
                vec![
                    over_time("median", &|it| it.arrival_ms[0]),
                    over_time("99 of 100", &|it| it.arrival_ms[1]),
                    over_time("longest", &|it| it.arrival_ms[2]),
                    over_time("answer, 99 of 100", &|it| it.answer_ms[1]),
                ],
            )
        },
        percentiles(report),
        time(
            "Cores in use",
            vec![
                per_second("server", &|it| server(it).cpu_seconds),
                per_second("this program", &|it| it.own_cpu_seconds),
            ],
        ),
        time(
            "Server memory, MiB",
            vec![over_time("resident", &|it| {
                server(it).memory_bytes as f64 / f64::from(1 << 20)
            })],
        ),
        time(
            "Live sockets, and messages without an answer",
            vec![
                over_time("live", &|it| it.live as f64),
                over_time("open", &|it| it.open as f64),
            ],
        ),
    ]
}

/// Times against the part of messages that were faster, stretched towards the slowest.
fn percentiles(report: &Report) -> Plot {
    let stretched = |part: f64| -(1.0 - part).log10();
    let line = |name, buckets: &Buckets| {
        let times = from_buckets(buckets);
        let at = |part: f64| {
            let ms = times.value_at_quantile(part) as f64 / 1_000.0;
            (stretched(part), ms)
        };
        let points = NINES.into_iter().map(at).collect();
        Line { name, points }
    };
    let named = |part: f64| (stretched(part), format!("{}", part * 100.0));
    Plot {
        title: "Milliseconds at each percentile",
        across: "percent of messages that were faster",
        logarithmic: true,
        marks: [0.0, 0.9, 0.99, 0.999, 0.9999]
            .into_iter()
            .map(named)
            .collect(),
        lines: vec![
            line("arrival", &report.totals.arrival),
            line("answer", &report.totals.answer),
        ],
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
