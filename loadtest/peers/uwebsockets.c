/* A room server on uWebSockets, for `sentinal-loadtest bench` to compare with: who sends "Jnnnn" joins the
 * room nnnn, and any other text is sent on to everybody in the room that its bytes 1 to 4 name, the sender
 * included. No storage, no login, no membership, nothing in memory but the subscriptions.
 *
 * The library is the one that the Python package `socketify` carries (MIT; uWebSockets itself is Apache 2.0).
 * These declarations are the part of its C interface that is used here. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stddef.h>

typedef struct uws_app uws_app_t;
typedef struct uws_websocket uws_websocket_t;
enum { TEXT = 1, ROOM_BYTES = 4 };

typedef void (*handler)(uws_websocket_t *, void *);
typedef void (*message_handler)(uws_websocket_t *, const char *, size_t, int, void *);

struct listen_config {
    int port;
    const char *host;
    int options;
};

struct behavior {
    int compression;
    unsigned int max_payload_length;
    unsigned short idle_timeout;
    unsigned int max_backpressure;
    bool close_on_backpressure_limit;
    bool reset_idle_timeout_on_send;
    bool send_pings_automatically;
    unsigned short max_lifetime;
    void *upgrade;
    handler open;
    message_handler message;
    handler drain;
    void *ping;
    void *pong;
    void *close;
    void *subscription;
};

void uws_ws(int ssl, uws_app_t *, const char *pattern, struct behavior, void *user_data);
bool uws_ws_subscribe(int ssl, uws_websocket_t *, const char *topic, size_t length);
bool uws_publish(int ssl, uws_app_t *, const char *topic, size_t, const char *message, size_t, int opcode, bool compress);
void uws_app_listen_with_config(int ssl, uws_app_t *, struct listen_config,
                                void (*)(void *, struct listen_config, void *), void *);
void uws_app_run(int ssl, uws_app_t *);

static uws_app_t *app;

/* The files of a certificate, of which there is none. */
struct no_tls {
    const char *texts[6];
    int number;
};
uws_app_t *uws_create_app(int ssl, struct no_tls options);

static void on_open(uws_websocket_t *socket, void *data) {
    (void)socket;
    (void)data;
}

static void on_message(uws_websocket_t *socket, const char *text, size_t length, int opcode, void *data) {
    (void)opcode;
    (void)data;
    if (length < 1 + ROOM_BYTES) {
        return;
    }
    if (text[0] == 'J') {
        uws_ws_subscribe(0, socket, text + 1, ROOM_BYTES);
    } else {
        uws_publish(0, app, text + 1, ROOM_BYTES, text, length, TEXT, false);
    }
}

static void on_listen(void *listening, struct listen_config config, void *data) {
    (void)data;
    if (listening == NULL) {
        fprintf(stderr, "cannot listen on %d\n", config.port);
        exit(1);
    }
    printf("listening on %d\n", config.port);
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: %s PORT\n", arguments[0]);
        return 2;
    }
    app = uws_create_app(0, (struct no_tls){0});
    struct behavior rooms = {
        .max_payload_length = 64 * 1024,
        .idle_timeout = 0,
        .max_backpressure = 64 * 1024 * 1024,
        .open = on_open,
        .message = on_message,
    };
    uws_ws(0, app, "/*", rooms, NULL);
    struct listen_config here = {.port = atoi(arguments[1]), .host = "127.0.0.1"};
    uws_app_listen_with_config(0, app, here, on_listen, NULL);
    uws_app_run(0, app);
    return 0;
}
