/** What Wireshark says to an extcap program: the flags, as commander names them. */
export interface ExtcapRequest {
  extcapInterfaces?: boolean;
  /** One of `--extcap-interfaces`. */
  extcapInterface?: string;
  extcapDlts?: boolean;
  extcapConfig?: boolean;
  /** With `capture`: libpcap's filter language; alone: is it understood? */
  extcapCaptureFilter?: string;
  capture?: boolean;
  fifo?: string;
  displayFilter?: string;
  snaplen?: number;
  promiscuous?: boolean;
  forCaller?: boolean;
}
