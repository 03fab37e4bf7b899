//! Pages, proxies and operators: who around the server is believed and let in.

use ipnet::IpNet;
use sentinal_app::Mode;
use url::Url;

use super::Described;
use super::variables::Variables;
use crate::http::Origins;

/// The machine itself.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// `PUBLIC_URL`, `CORS_ORIGINS`, `TRUSTED_PROXIES`, `OPERATOR_NETWORKS`, `GOROUTINES`, `WEB_APP`.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Where clients reach this server, without a slash at the end.
    pub public_url: Option<String>,
    /// Origins whose pages may call.
    pub origins: Origins,
    /// Proxies whose word about the client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that are told what exactly is down.
    pub operator_networks: Vec<IpNet>,
    /// Whether `GET /goroutines` answers.
    pub goroutines: bool,
    /// Whether the web app is served at `/app`.
    pub web_app: bool,
    /// Whether a proxy on this machine that is not named in `TRUSTED_PROXIES` is logged.
    pub warns_of_proxies: bool,
}

impl Network {
    pub(super) fn read(vars: &mut Variables, mode: Mode) -> Self {
        let origins = match (vars.list("CORS_ORIGINS"), mode) {
            (Some(listed), _) => read_origins(vars, &listed),
            (None, Mode::Release) => Origins::None,
            (None, Mode::Debug | Mode::Test) => Origins::Localhost,
        };
        let shows_goroutines = mode != Mode::Release;
        Self {
            origins,
            trusted_proxies: read_networks(vars, mode, "TRUSTED_PROXIES", &[]),
            operator_networks: read_networks(vars, mode, "OPERATOR_NETWORKS", &LOOPBACK),
            warns_of_proxies: mode == Mode::Release,
            goroutines: vars.word(
                "GOROUTINES",
                shows_goroutines,
                &[("on", true), ("off", false)],
            ),
            web_app: vars.word("WEB_APP", true, &[("on", true), ("off", false)]),
            public_url: vars.read(
                "PUBLIC_URL",
                "a URL such as https://chat.example, without query and fragment",
                None,
                |text| read_public_url(text).map(Some),
            ),
        }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let origins = match &self.origins {
            Origins::None => "none".to_owned(),
            Origins::Localhost => "localhost".to_owned(),
            Origins::Any => "any".to_owned(),
            Origins::Listed(listed) => listed.join(", "),
        };
        let networks = |networks: &[IpNet]| match networks {
            [] => "none".to_owned(),
            networks => {
                let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
                texts.join(", ")
            }
        };
        vec![
            ("origins", origins),
            ("trusted proxies", networks(&self.trusted_proxies)),
            ("operator networks", networks(&self.operator_networks)),
            (
                "public address",
                self.public_url.clone().unwrap_or_else(|| "none".to_owned()),
            ),
            (
                "web app",
                if self.web_app { "/app" } else { "off" }.to_owned(),
            ),
        ]
    }
}

fn read_public_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}

fn read_origins(vars: &mut Variables, listed: &[String]) -> Origins {
    if listed.iter().any(|origin| origin == "*") {
        return Origins::Any;
    }
    // As a browser writes it: scheme, host and port alone, in lower case.
    let origins: Option<Vec<String>> = listed
        .iter()
        .map(|text| {
            let url = Url::parse(text).ok()?;
            let origin = url.origin();
            origin.is_tuple().then(|| origin.ascii_serialization())
        })
        .collect();
    origins.map_or_else(
        || {
            vars.refuse(
                "CORS_ORIGINS",
                "a comma list of origins such as https://chat.example, or *",
            );
            Origins::None
        },
        Origins::Listed,
    )
}

fn read_networks(vars: &mut Variables, mode: Mode, name: &str, default: &[&str]) -> Vec<IpNet> {
    let listed = vars
        .list(name)
        .unwrap_or_else(|| default.iter().map(|&text| text.to_owned()).collect());
    let networks: Option<Vec<IpNet>> = listed
        .iter()
        .map(|text| {
            let network = text.parse::<IpNet>().ok();
            network.or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        })
        .collect();
    let networks = networks.unwrap_or_else(|| {
        vars.refuse(
            name,
            "a comma list of addresses and networks such as 10.0.0.0/8",
        );
        Vec::new()
    });
    if mode == Mode::Release && networks.iter().any(is_everybody) {
        vars.refuse(
            name,
            "narrower in release mode: no network that is most of the internet, such as 0.0.0.0/0",
        );
    }
    networks
}

/// Whether a network is more than anybody has of their own: the widest private ones are 10.0.0.0/8
/// (RFC 1918) and `fc00::/7` (RFC 4193).
fn is_everybody(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 7,
    }
}
