/**
 * Where a request comes from and where it goes: addresses and names of this machine, and the origins of pages.
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/** The loopback addresses of nearly every request, which need no parsing. */
const usual: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"])

/** Whether a text is a loopback address. */
export const isLoopback = (address: string): boolean =>
  usual.has(address) ||
  // an IPv4 address on an IPv6 socket is written as `::ffff:127.0.0.1`
  Result.match(NetAddress.ipFromString(address.replace(/^::ffff:(?=\d+\.)/i, "")), {
    onFailure: () => false,
    onSuccess: (ip) => NetAddress.isLoopback(ip)
  })

/** The name in a `Host` header, without its port. */
export const hostName = (host: string): string => host.toLowerCase().replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")

/** Whether this `Host` names this machine, and not a domain that was made to resolve to it (DNS rebinding). */
export const isLocalName = (host: string): boolean => {
  const name = hostName(host)
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name)
}

/** Whether a server that listens at this address can be reached from this machine only. */
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

/** Whether a page of another origin made the request, according to the browser. Other clients do not say. */
const isForeign = ({ host, origin, site }: Provenance): boolean => {
  // `none` is a person who typed an address or opened a bookmark
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  return origin !== undefined && originHost(origin) !== host?.toLowerCase()
}

/** Whether a page of another origin made the request and must not: it may only follow a link. */
export const isForbidden = (method: string, from: Provenance): boolean =>
  isForeign(from) && !(from.mode === "navigate" && (method === "GET" || method === "HEAD"))
