// The page of the API document. A token is kept in the tab's session: it survives a reload, and is gone
// with the tab.
window.onload = function () {
  const KEY = "sentinal-docs-token";

  const keep = () => ({
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: (original) => (payload) => {
            const token = payload && payload.bearer && payload.bearer.value;
            if (typeof token === "string") sessionStorage.setItem(KEY, token);
            return original(payload);
          },
          logout: (original) => (payload) => {
            sessionStorage.removeItem(KEY);
            return original(payload);
          },
        },
      },
    },
  });

  window.ui = SwaggerUIBundle({
    url: "../openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    filter: true,
    persistAuthorization: false,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl, keep],
    layout: "StandaloneLayout",
    onComplete: () => {
      const token = sessionStorage.getItem(KEY);
      if (token) window.ui.preauthorizeApiKey("bearer", token);
    },
  });
};
