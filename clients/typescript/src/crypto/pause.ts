/** Lets the page draw and the socket be read before the next long calculation; each here takes 5 to 30 ms. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
