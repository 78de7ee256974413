/** STS has no operation with a stream of events. */
export class EventStreamSerde {
  constructor() {
    throw new Error('event streams are not part of this bundle')
  }
}
export const eventStreamSerdeProvider = () => {}
