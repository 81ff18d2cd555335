/**
 * The URL of a server, which may name a user. `fetch` takes no URL that does, so the login becomes a header; and it is
 * nothing to write into messages.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** A user of whatever is in front of the API. */
export interface Login {
  readonly user: string
  readonly password: Redacted.Redacted<string>
}

const hasLogin = ({ password, username }: URL): boolean => username !== "" || password !== ""

/** What is not encoded as it should be stands for itself. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The login that a URL names. */
export const login = (url: string): Option.Option<Login> => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !hasLogin(parsed)) return Option.none()
  return Option.some({ user: decoded(parsed.username), password: Redacted.make(decoded(parsed.password)) })
}

/** A URL without its login. */
export const shown = (url: string): string => {
  if (Option.isNone(login(url))) return url
  const parsed = new URL(url)
  parsed.username = ""
  parsed.password = ""
  return parsed.href
}
