/**
 * The login: its tokens, and their renewal.
 *
 * Refresh tokens rotate, and an old one that comes back too late ends the login. So the tokens are in the
 * store, which all tabs share; a lock that all tabs share lets one renew them; and the next refresh token is
 * stored before the new access token is used.
 */

import type { Login } from "./chat.js";
import { ApiError, NotSignedIn } from "./errors.js";
import { randomId } from "./encoding.js";
import { Http, type Answer, type Method, type RequestOptions } from "./http.js";
import type { Store } from "./store.js";
import type { Locks } from "./tabs.js";
import type { User } from "./wire.js";

/** A token with less than this left is renewed before it is used. */
const RENEW_BEFORE_MS = 5_000;

/** Where files are, below the address of the server. */
const FILES = "/v1/files/";

const LOGIN = "login";
const DEVICE = "device";

/** What `register`, `login` and `refresh` answer. */
interface Tokens {
  readonly user_id: string;
  readonly user: User;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
  readonly device_id: string;
  readonly expires_at: string;
  readonly device_token: string;
}

/** As it is in the store. */
interface StoredLogin extends Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
}

/** Outlives a logout: the installation stays the same device, known to the server. */
interface StoredDevice {
  readonly deviceId: string;
  readonly userId?: string;
  readonly deviceToken?: string;
}

export class Session {
  #login: StoredLogin | undefined;

  constructor(
    private readonly http: Http,
    private readonly store: Store,
    private readonly locks: Locks,
    /** The login has ended by the server's word. */
    private readonly ended: (code: string) => void,
  ) {}

  get current(): Login | null {
    if (this.#login === undefined) {
      return null;
    }
    const { userId, user, deviceId, sessionId } = this.#login;
    return { userId, user, deviceId, sessionId };
  }

  /** Reads the store again; another tab may have signed in, out, or renewed the tokens. */
  async load(): Promise<Login | null> {
    this.#login = await this.store.read((reader) => reader.get<StoredLogin>("account", LOGIN));
    return this.current;
  }

  /** This installation's name, made at its first use. */
  async device(): Promise<StoredDevice> {
    return await this.store.transaction(async (tx) => {
      const known = await tx.get<StoredDevice>("account", DEVICE);
      if (known !== undefined) {
        return known;
      }
      const device = { deviceId: randomId() };
      tx.put("account", DEVICE, device);
      return device;
    });
  }

  async register(body: Record<string, unknown>): Promise<Login> {
    const device = await this.device();
    const { data } = await this.http.send<Tokens>("POST", "/v1/auth/register", {
      body: { ...body, device_id: device.deviceId },
    });
    return await this.#keep(data);
  }

  async login(body: Record<string, unknown>): Promise<Login> {
    const device = await this.device();
    const { data } = await this.http.send<Tokens>("POST", "/v1/auth/login", {
      body: { ...body, device_id: device.deviceId, device_token: device.deviceToken },
    });
    return await this.#keep(data);
  }

  /** Ends the login at the server, if it can be reached, and here in any case. */
  async logout(): Promise<void> {
    try {
      await this.send("POST", "/v1/auth/logout", { body: {} });
    } finally {
      await this.#forget();
    }
  }

  /** A request of whoever is signed in; a token that ran out is renewed, once. */
  async send<T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    return await this.#withToken((token) => this.http.send<T>(method, path, options, token));
  }

  /** Like `send`, with the answer as it came. */
  async raw(method: Method, path: string, options: RequestOptions = {}): Promise<Response> {
    return await this.#withToken((token) => this.http.raw(method, path, options, token));
  }

  /**
   * Fetches a file, which its address alone opens. The address is somebody else's word: wherever it says the
   * file is, it is fetched from this server, so that no message makes a reader's device call elsewhere.
   */
  async file(address: string, options: RequestOptions): Promise<Response> {
    const { pathname, search } = new URL(address, "http://server");
    const at = pathname.indexOf(FILES);
    if (at < 0) {
      throw new TypeError("not the address of a file");
    }
    return await this.http.raw("GET", pathname.slice(at) + search, options);
  }

  /** A token that is good for a moment. */
  async token(): Promise<string> {
    const login = this.#login ?? (await this.load(), this.#login);
    if (login === undefined) {
      throw new NotSignedIn();
    }
    if (Date.parse(login.expiresAt) - Date.now() > RENEW_BEFORE_MS) {
      return login.accessToken;
    }
    return await this.renew(login.accessToken);
  }

  /** Renews the tokens, unless another tab has done it since `stale` was read; answers the access token. */
  async renew(stale: string): Promise<string> {
    return await this.locks.exclusive(`sentinal-refresh-${this.store.name}`, async () => {
      await this.load();
      const login = this.#login;
      if (login === undefined) {
        throw new NotSignedIn();
      }
      if (login.accessToken !== stale) {
        return login.accessToken;
      }
      try {
        const { data } = await this.http.send<Tokens>("POST", "/v1/auth/refresh", {
          body: { session_id: login.sessionId, refresh_token: login.refreshToken },
        });
        await this.#keep(data);
        return data.access_token;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) {
          await this.end(error.code);
          throw new NotSignedIn(error.message);
        }
        throw error;
      }
    });
  }

  /** The login is over: the server has said so. */
  async end(code: string): Promise<void> {
    if (this.#login !== undefined) {
      await this.#forget();
      this.ended(code);
    }
  }

  async #withToken<T>(request: (token: string) => Promise<T>): Promise<T> {
    const token = await this.token();
    try {
      return await request(token);
    } catch (error) {
      if (error instanceof ApiError && error.code === "UNAUTHORIZED") {
        return await request(await this.renew(token));
      }
      throw error;
    }
  }

  async #keep(tokens: Tokens): Promise<Login> {
    const login: StoredLogin = {
      userId: tokens.user_id,
      user: tokens.user,
      deviceId: tokens.device_id,
      sessionId: tokens.session_id,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAt: tokens.expires_at,
    };
    const device: StoredDevice = {
      deviceId: tokens.device_id,
      userId: tokens.user_id,
      deviceToken: tokens.device_token,
    };
    await this.store.transaction(async (tx) => {
      tx.put("account", LOGIN, login);
      tx.put("account", DEVICE, device);
    });
    this.#login = login;
    const { userId, user, deviceId, sessionId } = login;
    return { userId, user, deviceId, sessionId };
  }

  async #forget(): Promise<void> {
    this.#login = undefined;
    await this.store.transaction(async (tx) => tx.delete("account", LOGIN));
  }
}
