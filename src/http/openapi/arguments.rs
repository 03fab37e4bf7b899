//! What the types of a handler say about its operation.

use actix_web::{HttpRequest, HttpResponse, web};
use sentinal_protocol::{
    BroadcastId, CallId, ConversationId, DeviceId, LoginSessionId, MessageId, UploadId, UserId,
    limits,
};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;

use crate::http::answer::{Answer, Bare};
use crate::http::edge::Edge;
use crate::http::error::HttpError;
use crate::http::extract::{
    App, BaseUrl, Body, Caller, ClientAddress, OptionalBody, Path, Query, SocketCaller,
};
use crate::metrics::Metrics;

/// What is known of an operation from its handler.
#[derive(Default)]
pub(crate) struct Described {
    /// Whether it needs a signed-in caller.
    pub(crate) authenticated: bool,
    /// Schemas of the variable segments of the path, in order.
    pub(crate) segments: Vec<Value>,
    /// The query string, as an object of its fields.
    pub(crate) query: Option<RefOr<Schema>>,
    /// The JSON body.
    pub(crate) body: Option<DescribedBody>,
    /// What a success holds; `None` if it is no JSON.
    pub(crate) answer: Option<Value>,
    /// Whether the success comes in the envelope.
    pub(crate) enveloped: bool,
    /// Every schema that is referred to, by name.
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

/// A JSON body.
pub(crate) struct DescribedBody {
    /// What it holds.
    pub(crate) schema: Value,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// How large it may be.
    pub(crate) bytes_max: usize,
}

impl Described {
    /// A reference to the schema of `T`, which is noted with all that it refers to.
    pub(crate) fn refer<T: ToSchema>(&mut self) -> Value {
        // Nothing is `null` on the wire.
        if T::name() == <()>::name() {
            return json!({ "type": "null" });
        }
        T::schemas(&mut self.schemas);
        // All options have the same name; each is described where it stands.
        if T::name() == <Option<bool>>::name() {
            return json!(T::schema());
        }
        self.schemas.push((T::name().into_owned(), T::schema()));
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }
}

/// One argument of a handler.
pub(crate) trait Argument {
    /// Bytes of the JSON body that it takes, at most.
    const BODY_BYTES_MAX: usize = 0;
    /// Whether it takes a body, of whatever kind.
    const TAKES_BODY: bool = Self::BODY_BYTES_MAX > 0;

    /// Adds what it says about the operation.
    fn describe(_: &mut Described) {}
}

impl Argument for App {}
impl Argument for web::Data<Edge> {}
impl Argument for web::Data<Metrics> {}
impl Argument for ClientAddress {}
impl Argument for HttpRequest {}
impl Argument for BaseUrl {}

/// A body that is no JSON, which the head tells of.
impl Argument for web::Payload {
    const TAKES_BODY: bool = true;
}

impl Argument for Caller {
    fn describe(operation: &mut Described) {
        operation.authenticated = true;
    }
}

impl Argument for SocketCaller {
    fn describe(operation: &mut Described) {
        operation.authenticated = true;
    }
}

impl<T: Segments> Argument for Path<T> {
    fn describe(operation: &mut Described) {
        T::describe(operation);
    }
}

impl<T: ToSchema> Argument for Query<T> {
    fn describe(operation: &mut Described) {
        T::schemas(&mut operation.schemas);
        operation.query = Some(T::schema());
    }
}

impl<T: ToSchema, const BYTES_MAX: usize> Argument for Body<T, BYTES_MAX> {
    const BODY_BYTES_MAX: usize = BYTES_MAX;

    fn describe(operation: &mut Described) {
        let schema = operation.refer::<T>();
        operation.body = Some(DescribedBody {
            schema,
            required: true,
            bytes_max: BYTES_MAX,
        });
    }
}

impl<T: ToSchema> Argument for OptionalBody<T> {
    const BODY_BYTES_MAX: usize = limits::BODY_BYTES_MAX;

    fn describe(operation: &mut Described) {
        let schema = operation.refer::<T>();
        operation.body = Some(DescribedBody {
            schema,
            required: false,
            bytes_max: limits::BODY_BYTES_MAX,
        });
    }
}

/// The variable segments of a path.
pub(crate) trait Segments {
    /// Adds them in order.
    fn describe(operation: &mut Described);
}

macro_rules! segments {
    ($($id:ty),+ $(,)?) => {
        $(impl Segments for $id {
            fn describe(operation: &mut Described) {
                let schema = operation.refer::<$id>();
                operation.segments.push(schema);
            }
        })+
    };
}

segments!(
    CallId,
    UserId,
    ConversationId,
    MessageId,
    DeviceId,
    LoginSessionId,
    UploadId,
    BroadcastId,
);

impl Segments for Uuid {
    fn describe(operation: &mut Described) {
        let schema = json!({ "type": "string", "format": "uuid" });
        operation.segments.push(schema);
    }
}

impl Segments for String {
    fn describe(operation: &mut Described) {
        let schema = json!({ "type": "string", "minLength": 1 });
        operation.segments.push(schema);
    }
}

impl<A: Segments, B: Segments> Segments for (A, B) {
    fn describe(operation: &mut Described) {
        A::describe(operation);
        B::describe(operation);
    }
}

/// All arguments of a handler.
pub(crate) trait Arguments {
    /// Bytes of the JSON body that they take, at most.
    const BODY_BYTES_MAX: usize;
    /// Whether they take a body, of whatever kind.
    const TAKES_BODY: bool;

    /// Adds what they say about the operation.
    fn describe(operation: &mut Described);
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<$($argument: Argument),*> Arguments for ($($argument,)*) {
            const BODY_BYTES_MAX: usize = 0 $(+ $argument::BODY_BYTES_MAX)*;
            const TAKES_BODY: bool = false $(|| $argument::TAKES_BODY)*;

            fn describe(_operation: &mut Described) {
                $($argument::describe(_operation);)*
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);

/// What a handler answers.
pub(crate) trait Output {
    /// Adds what it says about the operation.
    fn describe(operation: &mut Described);
}

impl<T: ToSchema> Output for Answer<T> {
    fn describe(operation: &mut Described) {
        operation.answer = Some(operation.refer::<T>());
        operation.enveloped = true;
    }
}

impl<T: ToSchema> Output for Bare<T> {
    fn describe(operation: &mut Described) {
        operation.answer = Some(operation.refer::<T>());
    }
}

impl<T: Output> Output for Result<T, HttpError> {
    fn describe(operation: &mut Described) {
        T::describe(operation);
    }
}

/// Something else than JSON, which the head tells of.
impl Output for HttpResponse {
    fn describe(_: &mut Described) {}
}
