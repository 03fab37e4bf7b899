/** A server of its own for each test file: a process with its database in a temporary directory. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long anything may take on a busy machine, milliseconds. */
export const PATIENCE_MS = 60_000;
const POLL_MS = 25;

export class TestServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly directory: string,
    readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = new TestServer(await freePort(), await mkdtemp(join(tmpdir(), "sentinal-ts-")), settings);
    await server.run();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the same port and database after `kill`. */
  async run(): Promise<void> {
    const binary = process.env["SENTINAL_BIN"];
    if (binary === undefined) {
      throw new Error("SENTINAL_BIN names the server to test against");
    }
    this.#process = spawn(binary, {
      cwd: this.directory,
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env["PATH"],
        APP_MODE: "test",
        APP_HOST: "127.0.0.1",
        APP_PORT: String(this.port),
        RATE_LIMIT: "off",
        RUST_LOG: "error",
        DATA_DIR: this.directory,
        DATABASE_URL: `sqlite://${this.directory}/test.db?mode=rwc`,
        ...this.settings,
      },
    });
    const process_ = this.#process;
    await until("the server is ready", async () => {
      if (process_.exitCode !== null) {
        throw new Error(`the server has ended with ${process_.exitCode}`);
      }
      return await fetch(`${this.url}/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
    });
  }

  /** As if the power failed. */
  async kill(): Promise<void> {
    const process_ = this.#process;
    if (process_ !== undefined && process_.exitCode === null && process_.signalCode === null) {
      const ended = once(process_, "exit");
      process_.kill("SIGKILL");
      await ended;
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Waits for a state that nothing announces. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function freePort(): Promise<number> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}
