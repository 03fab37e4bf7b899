//! The JSON schemas of events and frames, made from their structs.
//!
//! utoipa describes a struct that is put together from parts as a list of parts, and every `Option`
//! as something that may be `null`. Documents want one object, and an exact word on what may be
//! absent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

const COMPONENTS: &str = "#/components/schemas/";

/// The fields of an event or of a client's frame.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// What it tells, in words.
    pub about: String,
    /// The schema of each field.
    pub properties: Map<String, Value>,
    /// The fields that are always there.
    pub required: BTreeSet<String>,
    /// What the schemas of the fields refer to, as `#/components/schemas/…`.
    pub components: BTreeMap<String, Value>,
}

impl Shape {
    /// Of a struct, whatever parts it is made of.
    pub fn of<T: ToSchema>() -> Self {
        let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut schemas);
        let known = schemas
            .into_iter()
            .map(|(name, schema)| (name, json(&schema)))
            .collect();
        let mut shape = Self::default();
        shape.add(&json(&T::schema()), &known);
        let mut components = BTreeMap::new();
        for schema in shape.properties.values() {
            collect(schema, &known, &mut components);
        }
        shape.components = components;
        shape
    }

    /// The same, where a field that need not be there is left out and never `null`.
    pub(crate) fn never_null(mut self) -> Self {
        let fields = self.properties.iter_mut();
        let optional = fields.filter(|(name, _)| !self.required.contains(*name));
        optional.for_each(|(_, schema)| forbid_null(schema));
        self
    }

    /// Takes in one part.
    fn add(&mut self, schema: &Value, known: &BTreeMap<String, Value>) {
        if let Some(about) = schema.get("description").and_then(Value::as_str)
            && self.about.is_empty()
        {
            self.about = about.replace('\n', " ");
        }
        if let Some(part) = referred(schema, known) {
            self.add(part, known);
        }
        let parts = schema.get("allOf").and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            self.add(part, known);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            self.properties.insert(name.clone(), property.clone());
        }
        let required = schema.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        self.required.extend(names.map(str::to_owned));
    }
}

/// What utoipa has built always serialises.
fn json(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// What a schema that is a reference stands for.
fn referred<'a>(schema: &Value, known: &'a BTreeMap<String, Value>) -> Option<&'a Value> {
    let target = schema.get("$ref").and_then(Value::as_str)?;
    known.get(target.strip_prefix(COMPONENTS)?)
}

/// Takes `null` out of what a schema allows.
fn forbid_null(schema: &mut Value) {
    let is_null = |schema: &Value| schema.get("type").is_some_and(|it| it == "null");
    let mut only = None;
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| !is_null(choice));
        if let [choice] = choices.as_slice() {
            only = Some(choice.clone());
        }
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|it| it != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            if let Some(fields) = schema.as_object_mut() {
                fields.insert("type".to_owned(), one);
            }
        }
    }
    if let (Some(only), Some(fields)) = (only, schema.as_object_mut()) {
        fields.remove("oneOf");
        if let Value::Object(only) = only {
            for (name, value) in only {
                // What is said of the field wins over what is said of its type.
                fields.entry(name).or_insert(value);
            }
        }
    }
}

/// Collects what a schema refers to, and what that refers to.
fn collect(
    value: &Value,
    known: &BTreeMap<String, Value>,
    components: &mut BTreeMap<String, Value>,
) {
    match value {
        Value::Object(fields) => {
            let target = fields.get("$ref").and_then(Value::as_str);
            let name = target.and_then(|target| target.strip_prefix(COMPONENTS));
            if let Some(name) = name
                && let Some(schema) = known.get(name)
                && !components.contains_key(name)
            {
                components.insert(name.to_owned(), schema.clone());
                collect(schema, known, components);
            }
            fields
                .values()
                .for_each(|it| collect(it, known, components));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, known, components)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
