/** The TCP header (RFC 9293, section 3.1): bits of its flags, and where they and its numbers stand. */
export const TCP = {
  SEQUENCE: 4,
  ACKNOWLEDGMENT: 8,
  OFFSET: 12,
  FLAGS: 13,
  WINDOW: 14,
  OPTIONS: 20,
  FIN: 1,
  SYN: 2,
  RST: 4,
  ACK: 16,
} as const;
