#!/usr/bin/env python3
"""Tests of circles.py, on crates of a few lines."""

import pathlib
import tempfile
import unittest

from circles import Crate, circles


def found(files):
    """The circles of a crate with these files: lists of modules' names."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = pathlib.Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        crate = Crate(pathlib.Path(directory, "lib.rs"))
    nodes = set(crate.modules)
    return [sorted(map(str, component)) for component in circles(nodes, crate.uses())]


class Circles(unittest.TestCase):
    def assert_found(self, files, *expected):
        self.assertEqual(found({"lib.rs": "mod a; mod b;", **files}), list(expected))

    def test_two_modules_that_import_each_other_are_a_circle(self):
        self.assert_found(
            {"a.rs": "use crate::b::B; pub struct A;", "b.rs": "use super::a::A; pub struct B;"},
            ["a", "b"],
        )

    def test_one_direction_is_none(self):
        self.assert_found({"a.rs": "use crate::b::B;", "b.rs": "pub struct B;"})

    def test_nested_braces_over_several_lines_and_inline_paths_count(self):
        self.assert_found(
            {
                "a.rs": "use crate::{\n    other,\n    b::{self, inner::{C, D as E}},\n};\nfn a() {}",
                "b.rs": "pub mod inner;",
                "b/inner.rs": "pub struct C; pub struct D;\nfn f() -> u8 { crate::a::a() }",
            },
            ["a", "b::inner"],
        )

    def test_an_imported_module_is_used_by_what_is_named_of_it(self):
        self.assert_found(
            {"a.rs": "use crate::b; fn a() { b::b() }", "b.rs": "fn b() { crate::a::a() }"},
            ["a", "b"],
        )

    def test_a_re_export_in_the_root_hides_no_circle(self):
        self.assert_found(
            {
                "lib.rs": "mod a; mod b; pub use a::A; pub use b::B;",
                "a.rs": "use crate::B; pub struct A;",
                "b.rs": "use crate::A; pub struct B;",
            },
            ["a", "b"],
        )

    def test_a_re_export_invents_no_circle(self):
        # `b` needs only what `a/mod.rs` hands on from its child.
        self.assert_found(
            {
                "a/mod.rs": "mod leaf; pub use leaf::Leaf; use crate::b::B;",
                "a/leaf.rs": "pub struct Leaf;",
                "b.rs": "use crate::a; fn f() -> a::Leaf {} pub struct B;",
            }
        )

    def test_a_glob_counts_for_the_names_that_are_used(self):
        self.assert_found(
            {
                "lib.rs": "mod a; mod b; mod prelude;",
                "prelude.rs": "pub use crate::a::*; pub use crate::b::B;",
                "a.rs": "use crate::prelude::*; pub struct A; fn f(_: B) {}",
                "b.rs": "use crate::prelude::*; pub struct B; fn f(_: A) {}",
            },
            ["a", "b"],
        )

    def test_a_parent_and_its_children_are_none(self):
        self.assert_found(
            {
                "a/mod.rs": "mod x; mod y; use x::X; pub struct Shared;",
                "a/x.rs": "use super::Shared; use super::y::Y; pub struct X;",
                "a/y.rs": "use super::Shared; pub struct Y;",
                "b.rs": "",
            }
        )

    def test_siblings_are(self):
        self.assert_found(
            {
                "a/mod.rs": "mod x; mod y; pub struct Shared;",
                "a/x.rs": "use super::{Shared, y::Y}; pub struct X;",
                "a/y.rs": "use super::{Shared, x::X}; pub struct Y;",
                "b.rs": "",
            },
            ["a::x", "a::y"],
        )

    def test_a_circle_through_a_parent_and_another_module_is_one(self):
        self.assert_found(
            {
                "a/mod.rs": "mod x; use crate::b::B; pub struct A;",
                "a/x.rs": "use super::A; pub struct X;",
                "b.rs": "use crate::a::x::X; pub struct B;",
            },
            ["a", "a::x", "b"],
        )

    def test_tests_comments_strings_and_visibilities_do_not_count(self):
        self.assert_found(
            {
                "a.rs": "use crate::b::B; pub struct A;",
                "b.rs": """
                    //! See [`crate::a::A`].
                    /* use crate::a::A; /* use crate::a::A; */ */
                    #[cfg(test)] use crate::a::A;
                    #[cfg(test)]
                    pub(crate) fn tested<T, U>(x: [u8; 2]) -> Vec<crate::a::A> { vec![] }
                    pub(in crate::a) struct B { #[cfg(test)] a: crate::a::A, quote: char }
                    fn text<'a>(x: &'a str) -> [&'a str; 3] {
                        ["crate::a::A", r#"" crate::a::A "#, if x == "\\"" { '"'; "crate::a::A" } else { x }]
                    }
                    #[cfg(all(test, unix))]
                    mod tests { use crate::a::A; }
                """,
            }
        )

    def test_what_follows_a_test_counts(self):
        self.assert_found(
            {
                "a.rs": "use crate::b::B; pub struct A;",
                "b.rs": "#[cfg(test)] mod tests { fn f() { '{'; } } use crate::a::A; pub struct B;",
            },
            ["a", "b"],
        )

    def test_inline_modules_and_paths_in_attributes_count(self):
        self.assert_found(
            {
                "a.rs": 'mod inner { #[serde(with = "crate::b::b")] pub struct A; }',
                "b.rs": "use crate::a::inner::A; fn b() {}",
            },
            ["a::inner", "b"],
        )
        self.assert_found(
            {
                "a.rs": "#[garde(custom(crate::b::b))] pub struct A;",
                "b.rs": "use crate::a::A; fn b() {}",
            },
            ["a", "b"],
        )


if __name__ == "__main__":
    unittest.main()
