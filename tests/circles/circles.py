#!/usr/bin/env python3
"""Finds circles of imports between the modules of a crate.

    tests/circles/circles.py store/src actors/src

A module uses another one if it names an item that is defined there: in a `use`, or by a path such as
`crate::log::append`. What a module only re-exports counts as a use of the module that defines it, so
that a path through `lib.rs` or a `mod.rs` neither hides nor invents a circle. Methods do not count:
`self.begin()` names no module. Neither does what is compiled for tests only.

A module may use what is below it and be used by it: a `mod.rs` and its children are read together.
Every other circle is printed with the lines that close it, and makes the exit status 1.
"""

import pathlib
import re
import sys
from collections import defaultdict

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*)
      | (?P<comment>/\*)
      | (?P<raw>\b(?:b|c)?r(?P<hashes>\#*)")
      | (?P<string>\b[bc]?"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*")
      | (?P<char>\bb?'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))'|'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))')
      | (?P<lifetime>'\w+)
      | (?P<word>(?:r\#)?\w+)
      | (?P<path>::)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod", "use", "impl"}
MODIFIERS = {"pub", "async", "unsafe", "extern", "default", "macro_rules"}
NAMED = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
OPENING, CLOSING = "([{", ")]}"
# A path in an attribute; in quotes, as in serde's `with`, or without.
PATH_IN_ATTRIBUTE = re.compile(r"\b(?:crate|self|super)(?:::\w+)+")


def tokens(text):
    """Words, `::`, strings and single other characters of a source, each with its line."""
    found, position, line = [], 0, 1
    while position < len(text):
        match = TOKEN.match(text, position)
        end = match.end()
        if match["comment"]:
            depth = 1
            while depth and end < len(text):
                step = {"/*": 1, "*/": -1}.get(text[end : end + 2], 0)
                depth, end = depth + step, end + (2 if step else 1)
        elif match["raw"]:
            closing = '"' + match["hashes"]
            end = text.find(closing, end) + len(closing)
        elif not match["skip"] and not match["char"] and not match["lifetime"]:
            found.append((match[0].removeprefix("r#"), line))
        line += text.count("\n", position, end)
        position = end
    return found


class Module:
    def __init__(self, name, parent, source):
        # The path below the crate's root, which is the empty one.
        self.name, self.parent, self.source = name, parent, source
        self.children = {}
        self.items = set()
        # Name -> path that it was imported by; a path is a list of words.
        self.imports = {}
        self.globs = []
        # (path, line) of everything that is named by a path.
        self.paths = []
        # Every word, with the first line it is on: what a glob may have brought.
        self.words = {}

    def __str__(self):
        return "::".join(self.name) or "the root"

    def is_above(self, other):
        return other.name[: len(self.name)] == self.name


class Crate:
    """The modules of a crate, and which of them uses which."""

    def __init__(self, root):
        self.modules = []
        self.macros = {}
        self.root = self.read(root, root.parent, (), None)

    def read(self, file, directory, name, parent):
        """Reads a module's file; `directory` is where its children lie."""
        module = Module(name, parent, file)
        self.modules.append(module)
        found = tokens(file.read_text())
        Parser(self, found).block(module, 0, directory)
        return module

    def resolve(self, module, path, seen=frozenset()):
        """The module that defines what `path` names in `module`, and what is left of the path; None
        if it is of another crate."""
        first, *rest = path
        if first == "crate":
            return self.descend(self.root, rest, seen)
        if first == "self":
            return self.descend(module, rest, seen)
        if first == "super":
            return self.descend(module.parent or module, rest, seen)
        found = self.lookup(module, first, seen)
        return self.enter(found, rest, seen) if found else None

    def descend(self, module, path, seen):
        if not path:
            return module, []
        first, *rest = path
        if first in ("super", "self"):
            return self.descend(module.parent if first == "super" else module, rest, seen)
        found = self.lookup(module, first, seen)
        if not found and not module.name and first in self.macros:
            found = self.macros[first], [first]
        # What is neither a child, an item nor an import was made by a macro of this module.
        return self.enter(found, rest, seen) if found else (module, path)

    def enter(self, found, rest, seen):
        module, item = found
        if module is None:
            return None
        return (module, item + rest) if item else self.descend(module, rest, seen)

    def lookup(self, module, name, seen):
        """What a name is in a module: (module, []) of a module, (module, [name]) of its item,
        (None, [name]) of another crate's; None if it is nothing."""
        if name in module.children:
            return module.children[name], []
        if name in module.items:
            return module, [name]
        if (module, name) in seen:
            return None
        seen = seen | {(module, name)}
        if name in module.imports:
            return self.resolve(module, module.imports[name], seen) or (None, [name])
        for path, _ in module.globs:
            target = self.resolve(module, path, seen)
            # An enum's variants are no modules.
            if target and not target[1] and target[0] is not module:
                if found := self.lookup(target[0], name, seen):
                    return found
        return None

    def is_imported(self, module, path):
        """Whether a path begins with an item, which its import counts for."""
        first = self.lookup(module, path[0], frozenset()) if path[0] in module.imports else None
        return bool(first and first[1])

    def uses(self):
        """Edges: (user, used) -> [(line, path)]."""
        edges = defaultdict(list)

        def add(module, path, line):
            target = self.resolve(module, path)
            if target and target[0] is not module:
                edges[module, target[0]].append((line, "::".join(path)))

        for module in self.modules:
            for path, line in module.paths:
                target = self.resolve(module, path)
                # A module that is imported is used by the paths that begin with it.
                if target and target[1] and not self.is_imported(module, path):
                    add(module, path, line)
            for path, line in module.globs:
                target = self.resolve(module, path)
                if not target:
                    continue
                if target[1]:
                    add(module, path, line)
                    continue
                for word, at in module.words.items():
                    known = word in module.items or word in module.children or word in module.imports
                    if not known and self.lookup(target[0], word, frozenset()):
                        add(module, [*path, word], at)
        return edges


class Parser:
    """Reads the items of a file's modules out of its tokens."""

    def __init__(self, crate, found):
        self.crate, self.tokens = crate, found

    def text(self, at):
        return self.tokens[at][0] if at < len(self.tokens) else ""

    def block(self, module, at, directory):
        """Reads up to the `}` that ends the module; answers what follows."""
        depth = 0
        exported = False
        while at < len(self.tokens):
            word, line = self.tokens[at]
            before = self.text(at - 1) if at else ""
            if word == "#" and self.text(at + 1) in ("[", "!"):
                end = self.after_brackets(at + 1 + (self.text(at + 1) == "!"))
                attribute = [text for text, _ in self.tokens[at:end]]
                for path in PATH_IN_ATTRIBUTE.findall(" ".join(attribute).replace(" :: ", "::")):
                    module.paths.append((path.split("::"), line))
                exported = exported or "macro_export" in attribute
                at = self.after_item(end) if for_tests(attribute) else end
                continue
            if word == "pub" and self.text(at + 1) == "(":
                at = self.after_brackets(at + 1)
                continue
            if word == "use" and (re.match(r"\w|::", self.text(at + 1))):
                at = self.use(module, at + 1)
                continue
            if word == "mod" and depth == 0 and self.text(at + 2) in (";", "{"):
                at = self.child(module, at, directory)
                continue
            if word in NAMED and depth == 0 and re.match(r"[^\W\d]", self.text(at + 1)):
                skipped = 1 + (self.text(at + 1) in ("mut", "unsafe"))
                if self.text(at + 1) not in NAMED:
                    module.items.add(self.text(at + skipped))
            if word == "macro_rules" and self.text(at + 1) == "!":
                module.items.add(self.text(at + 2))
                if exported:
                    self.crate.macros[self.text(at + 2)] = module
            if word in OPENING:
                depth += 1
            elif word in CLOSING:
                if depth == 0:
                    return at + 1
                depth -= 1
            if depth == 0 and word in (";", "}"):
                exported = False
            if re.match(r"[^\W\d]", word) and before != "::":
                at = self.path(module, at, before)
                continue
            at += 1
        return at

    def path(self, module, at, before):
        word, line = self.tokens[at]
        names = [word]
        at += 1
        while self.text(at) == "::" and re.match(r"[^\W\d]", self.text(at + 1)):
            names.append(self.text(at + 1))
            at += 2
        # A field or a method is no name of a module's.
        if before != ".":
            module.words.setdefault(word, line)
            if len(names) > 1:
                module.paths.append((names, line))
        return at

    def child(self, module, at, directory):
        name = self.text(at + 1)
        below = (*module.name, name)
        if self.text(at + 2) == ";":
            plain, nested = directory / f"{name}.rs", directory / name / "mod.rs"
            file = plain if plain.exists() else nested
            if not file.exists():
                sys.exit(f"{module.source}: no file of the module {name}")
            module.children[name] = self.crate.read(file, directory / name, below, module)
            return at + 3
        child = Module(below, module, module.source)
        module.children[name] = child
        self.crate.modules.append(child)
        return self.block(child, at + 3, directory / name)

    def use(self, module, at):
        """Reads one declaration, whose braces may be nested."""
        outer, prefix, names = [], [], []
        while True:
            word, line = self.tokens[at]
            if word == "{":
                outer.append(prefix)
                prefix, names = prefix + names, []
            elif word in (",", "}", ";"):
                if names:
                    self.imported(module, prefix + names, line)
                names = []
                if word == "}":
                    prefix = outer.pop()
                elif word == ";":
                    return at + 1
            elif word == "as":
                names.append(("as", self.text(at + 1)))
                at += 1
            elif word != "::":
                names.append(word)
            at += 1

    def imported(self, module, path, line):
        alias = None
        if isinstance(path[-1], tuple):
            alias = path.pop()[1]
        if path[-1] == "self" and len(path) > 1:
            path.pop()
        if path[-1] == "*":
            module.globs.append((path[:-1], line))
            return
        name = alias or path[-1]
        if name != "_" and path != [name]:
            module.imports[name] = path
        module.paths.append((path, line))

    def after_brackets(self, at):
        depth = 0
        while at < len(self.tokens):
            depth += (self.text(at) in OPENING) - (self.text(at) in CLOSING)
            at += 1
            if depth == 0:
                break
        return at

    def after_item(self, at):
        """What follows an item, or a field or statement, that begins at `at`."""
        while self.text(at) == "#":
            at = self.after_brackets(at + 1)
        begin = at
        while self.text(begin) in MODIFIERS or self.text(begin).startswith('"'):
            begin += 1
            if self.text(begin) == "(":
                begin = self.after_brackets(begin)
        kind = self.text(begin)
        if kind == "const" and self.text(begin + 1) in ("fn", "unsafe", "async"):
            kind = "fn"
        # Only some items end with their first block.
        in_block = kind in ITEMS - {"const", "static", "type", "use"} or "macro_rules" in (
            text for text, _ in self.tokens[at:begin]
        )
        is_item = in_block or kind in ITEMS
        while at < len(self.tokens):
            word = self.text(at)
            if word in CLOSING:
                return at
            if word in OPENING:
                at = self.after_brackets(at)
                if word == "{" and in_block:
                    return at
                continue
            at += 1
            if word == ";" or (word == "," and not is_item):
                return at
        return at


def for_tests(attribute):
    """Whether what follows is there in tests only."""
    words = "".join(attribute)
    return bool(re.match(r"#\[cfg\((test|all\((.*,)?test[,)].*)\)", words)) or words == "#[test]"


def components(nodes, edges):
    """Strongly connected components of more than one module (Tarjan, without recursion)."""
    following = defaultdict(list)
    for user, used in edges:
        if user in nodes and used in nodes:
            following[user].append(used)
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for start in sorted(nodes, key=lambda module: module.name):
        if start in index:
            continue
        work = [(start, iter(following[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            module, rest = work[-1]
            for used in rest:
                if used not in index:
                    index[used] = low[used] = len(index)
                    stack.append(used)
                    on_stack.add(used)
                    work.append((used, iter(following[used])))
                    break
                if used in on_stack:
                    low[module] = min(low[module], index[used])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[module])
                if low[module] == index[module]:
                    component = set()
                    while module not in component:
                        component.add(stack.pop())
                    on_stack -= component
                    if len(component) > 1:
                        found.append(component)
    return found


def circles(nodes, edges):
    """Components that are not explained by a module above all others of them."""
    found = []
    for component in components(nodes, edges):
        top = min(component, key=lambda module: len(module.name))
        if all(top.is_above(module) for module in component):
            found += circles(component - {top}, edges)
        else:
            found.append(component)
    return found


def report(source):
    """Prints the circles of a crate; answers how many there are."""
    count = 0
    for root in (source / "lib.rs", source / "main.rs"):
        if not root.exists():
            continue
        crate = Crate(root)
        edges = crate.uses()
        for component in circles(set(crate.modules), edges):
            count += 1
            print(f"{root}: {' <-> '.join(sorted(map(str, component)))}")
            for (user, used), lines in sorted(edges.items(), key=lambda edge: str(edge[0][0])):
                if user in component and used in component:
                    print(f"    {user} -> {used}")
                    for line, path in lines:
                        print(f"        {user.source}:{line}: {path}")
    print(f"{source}: {count} {'circle' if count == 1 else 'circles'}")
    return count


def main(sources):
    for source in sources:
        if not (source / "lib.rs").exists() and not (source / "main.rs").exists():
            sys.exit(f"{source} is no crate's source")
    return 1 if sum([report(source) for source in sources]) else 0


if __name__ == "__main__":
    sys.exit(main([pathlib.Path(argument) for argument in sys.argv[1:]]))
