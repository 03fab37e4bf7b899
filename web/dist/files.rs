&[
    File {
        name: "app.webmanifest",
        content_type: "application/manifest+json",
        tag: "1d4a27814978a7b6",
        plain: include_bytes!("app.webmanifest"),
        brotli: Some(include_bytes!("app.webmanifest.br")),
    },
    File {
        name: "assets/index-B449SFbF.js",
        content_type: "text/javascript; charset=utf-8",
        tag: "f41b791f70f73eee",
        plain: include_bytes!("assets/index-B449SFbF.js"),
        brotli: Some(include_bytes!("assets/index-B449SFbF.js.br")),
    },
    File {
        name: "assets/index-DIMjeBOj.css",
        content_type: "text/css; charset=utf-8",
        tag: "ca0ace8239d223ed",
        plain: include_bytes!("assets/index-DIMjeBOj.css"),
        brotli: Some(include_bytes!("assets/index-DIMjeBOj.css.br")),
    },
    File {
        name: "icon.svg",
        content_type: "image/svg+xml",
        tag: "261c773f375ccd1a",
        plain: include_bytes!("icon.svg"),
        brotli: Some(include_bytes!("icon.svg.br")),
    },
    File {
        name: "index.html",
        content_type: "text/html; charset=utf-8",
        tag: "8b709580a648acfb",
        plain: include_bytes!("index.html"),
        brotli: Some(include_bytes!("index.html.br")),
    },
    File {
        name: "sw.js",
        content_type: "text/javascript; charset=utf-8",
        tag: "703de7c6bb730f64",
        plain: include_bytes!("sw.js"),
        brotli: Some(include_bytes!("sw.js.br")),
    },
]
