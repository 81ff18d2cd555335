/**
 * Where a request comes from and where it goes to: addresses of this machine, names of it, and the origins of pages.
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** Those that nearly every request has. */
const usual: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"])

/** Whether a text is an address of this machine that others cannot reach. */
export const isLoopback = (address: string): boolean =>
  usual.has(address) ||
  // IPv4 on a socket of IPv6 is written as `::ffff:127.0.0.1`
  Result.match(NetAddress.ipFromString(address.replace(/^::ffff:(?=\d+\.)/i, "")), {
    onFailure: () => false,
    onSuccess: (ip) => NetAddress.isLoopback(ip)
  })

/** The name in a `Host` header, without its port. */
export const hostName = (host: string): string => host.toLowerCase().replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")

/** Whether a browser that uses this `Host` is on this machine, and not on a page whose name was made to lead here. */
export const isLocalName = (host: string): boolean => {
  const name = hostName(host)
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name)
}

/** Whether a server that listens there can be reached from this machine only. */
export const isLocalServer = (address: NetAddress.SocketAddress): boolean =>
  NetAddress.isUnixPathAddress(address) || (NetAddress.isInetAddress(address) && NetAddress.isLoopback(address.address))

/** What a request says about the page that made it. */
export interface Provenance {
  readonly origin: string | undefined
  readonly site: string | undefined
  readonly mode: string | undefined
  readonly host: string | undefined
}

const originHost = (origin: string): string | undefined =>
  Option.getOrUndefined(Option.map(Option.liftThrowable((text: string) => new URL(text))(origin), ({ host }) => host))

/** Whether a page of another origin made the request, as far as a browser says. What is no browser says nothing. */
const isForeign = ({ host, origin, site }: Provenance): boolean => {
  // `none` is a person who typed an address or opened a bookmark
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  return origin !== undefined && originHost(origin) !== host?.toLowerCase()
}

/** Whether a request is one that no page of another origin may make: all but the following of a link. */
export const isForbidden = (method: string, from: Provenance): boolean =>
  isForeign(from) && !(from.mode === "navigate" && (method === "GET" || method === "HEAD"))
