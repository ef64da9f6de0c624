/**
 * Which addresses webhooks may be sent to: those of the public internet. Whoever may add a webhook could otherwise have
 * the server call whatever it can reach and they cannot: a database's port, a cloud's metadata, a router.
 *
 * What is asked is the address that a connection goes to, never the name: a name can have another address each time.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net"

/** Whether an address, in digits, is one of the public internet. */
export const isPublic = (address: string): boolean => {
  if (isIPv4(address)) return !special.check(address, "ipv4")
  // A zone names a network that this machine is on.
  if (!isIPv6(address) || address.includes("%")) return false
  return global.check(address, "ipv6") && !special.check(address, "ipv6")
}

// internal

/** Of version 6 only this part is given out; all that wraps an address of version 4 lies outside, or is special in it. */
const global = new BlockList()
global.addSubnet("2000::", 3, "ipv6")

/** Networks that are not of the public internet: IANA's registries of special-purpose addresses, and multicast. */
const special = new BlockList()
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4]
] as const) {
  special.addSubnet(network, prefix, "ipv4")
}
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20]
] as const) {
  special.addSubnet(network, prefix, "ipv6")
}
