//! Plots as SVG: lines over a common axis, a legend, nothing that needs a script.

use std::fmt::Write as _;

/// The size of a plot, pixels.
const WIDTH: f64 = 760.0;
/// See [`WIDTH`].
const HEIGHT: f64 = 240.0;
/// Room for the labels of the axes.
const LEFT: f64 = 70.0;
/// See [`LEFT`].
const BOTTOM: f64 = 34.0;
/// See [`LEFT`].
const TOP: f64 = 30.0;
/// Lines in a plot that can be told apart.
const COLOURS: [&str; 5] = ["#1668b8", "#c2410c", "#15803d", "#7e22ce", "#525252"];
/// Marks on each axis.
const MARKS: u8 = 4;

/// A line of a plot.
pub struct Line {
    /// What it is.
    pub name: &'static str,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// What is plotted.
pub struct Plot {
    /// What it shows.
    pub title: &'static str,
    /// What is on the horizontal axis, with its unit.
    pub across: &'static str,
    /// Whether the vertical axis grows by powers of ten.
    pub logarithmic: bool,
    /// Names of the marks of the horizontal axis, where numbers do not say enough.
    pub marks: Vec<(f64, String)>,
    /// What is drawn.
    pub lines: Vec<Line>,
}

impl Plot {
    /// Draws it.
    pub fn draw(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let right = points().fold(1e-9, |most: f64, (x, _)| most.max(*x));
        let highest = points().fold(1e-9, |most: f64, (_, y)| most.max(*y));
        let lowest = points().fold(
            highest,
            |least: f64, (_, y)| {
                if *y > 0.0 { least.min(*y) } else { least }
            },
        );
        let up = |y: f64| {
            let part = if self.logarithmic {
                let span = (highest / lowest).ln().max(1e-9);
                (y.max(lowest) / lowest).ln() / span
            } else {
                y / highest
            };
            HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP)
        };
        let along = |x: f64| LEFT + x / right * (WIDTH - LEFT - 10.0);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
             <text x=\"{LEFT}\" y=\"16\" class=\"title\">{title}</text>",
            title = self.title
        );
        // Writing to a string cannot fail.
        for mark in 0..=MARKS {
            let part = f64::from(mark) / f64::from(MARKS);
            let value = if self.logarithmic {
                lowest * (highest / lowest).powf(part)
            } else {
                highest * part
            };
            let y = up(value);
            let _ = write!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"grid\"/>\
                 <text x=\"{}\" y=\"{:.1}\" class=\"left\">{}</text>",
                WIDTH - 10.0,
                LEFT - 6.0,
                y + 4.0,
                short(value)
            );
        }
        let numbers = (0..=MARKS).map(|mark| {
            let x = right * f64::from(mark) / f64::from(MARKS);
            (x, short(x))
        });
        let marks = if self.marks.is_empty() {
            numbers.collect()
        } else {
            self.marks.clone()
        };
        for (x, name) in marks {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" class=\"below\">{name}</text>",
                along(x),
                HEIGHT - BOTTOM + 14.0
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"below\">{}</text>",
            f64::midpoint(LEFT, WIDTH),
            HEIGHT - 4.0,
            self.across
        );
        for (number, line) in self.lines.iter().enumerate() {
            let colour = COLOURS.get(number % COLOURS.len()).unwrap_or(&"black");
            let mut drawn = String::new();
            for (x, y) in &line.points {
                let _ = write!(drawn, "{:.1},{:.1} ", along(*x), up(*y));
            }
            let _ = write!(
                svg,
                "<polyline points=\"{drawn}\" stroke=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{}\" fill=\"{colour}\" class=\"name\">{}</text>",
                WIDTH - 10.0,
                TOP + 12.0 * number as f64,
                line.name
            );
        }
        svg.push_str("</svg>");
        svg
    }
}

/// A number with three digits and its power of a thousand.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        it if it >= 1e9 => (it / 1e9, " G"),
        it if it >= 1e6 => (it / 1e6, " M"),
        it if it >= 1e4 => (it / 1e3, " k"),
        it => (it, ""),
    };
    match value {
        it if it >= 100.0 || it.fract() == 0.0 => format!("{it:.0}{unit}"),
        it if it >= 1.0 => format!("{it:.1}{unit}"),
        it => format!("{it:.3}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let told = [0.0, 0.25, 1.5, 999.0, 12_345.0, 2_500_000.0].map(short);
        assert_eq!(told, ["0", "0.250", "1.5", "999", "12.3 k", "2.5 M"]);
    }

    #[test]
    fn a_plot_without_points_is_drawn() {
        let plot = Plot {
            title: "nothing",
            across: "seconds",
            logarithmic: true,
            marks: Vec::new(),
            lines: vec![Line {
                name: "none",
                points: Vec::new(),
            }],
        };
        let svg = plot.draw();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
