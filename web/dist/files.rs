&[
    File {
        name: "app.webmanifest",
        content_type: "application/manifest+json",
        tag: "1d4a27814978a7b6",
        plain: include_bytes!("app.webmanifest"),
        brotli: Some(include_bytes!("app.webmanifest.br")),
    },
    File {
        name: "assets/index-Ch8P_BSm.css",
        content_type: "text/css; charset=utf-8",
        tag: "436d8bd863a80b84",
        plain: include_bytes!("assets/index-Ch8P_BSm.css"),
        brotli: Some(include_bytes!("assets/index-Ch8P_BSm.css.br")),
    },
    File {
        name: "assets/index-Dgn8fZfy.js",
        content_type: "text/javascript; charset=utf-8",
        tag: "4c92305e069fb798",
        plain: include_bytes!("assets/index-Dgn8fZfy.js"),
        brotli: Some(include_bytes!("assets/index-Dgn8fZfy.js.br")),
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
        tag: "33a977028d114f99",
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
