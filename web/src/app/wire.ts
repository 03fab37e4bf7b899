/** The answers of the server that this app reads, as far as it reads them. */

export type Role = 'owner' | 'admin' | 'member';
export type Visibility = 'everyone' | 'contacts' | 'nobody';
export type Permission = 'everyone' | 'admins';
export type CallKind = 'AUDIO' | 'VIDEO';

export interface WireProfile {
  id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  bio?: string | null;
  status?: string | null;
  is_contact?: boolean;
  is_blocked?: boolean;
}

export interface WireAccount extends WireProfile {
  email: string | null;
  email_verified?: boolean;
  pending_email?: string | null;
  phone_number: string | null;
}

export interface WireParticipant {
  user_id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  role: string;
  last_read_sequence?: number | null;
  last_delivered_sequence?: number | null;
}

export interface WireConversation {
  id: string;
  type: string;
  subject: string | null;
  description: string | null;
  avatar_url: string | null;
  invite_link: string | null;
  permissions: Record<string, string>;
  message_expiry_seconds: number | null;
  participant_count: number;
  last_message_at: string | null;
  created_at: string;
  last_sequence: number;
  role: string;
  unread_count: number;
  last_read_sequence: number;
  last_message: { id: string; sender_id: string; sequence_number: number; created_at: string } | null;
  muted_until: string | null;
  pinned_at: string | null;
  archived: boolean;
  participants?: WireParticipant[];
}

export interface WireReceipts {
  user_id: string;
  last_read_sequence: number | null;
  last_delivered_sequence: number | null;
}

export interface WireSyncConversation extends WireConversation {
  last_delivered_sequence: number;
  cleared_sequence: number;
  receipts: WireReceipts[];
}

export interface WireSync {
  conversations: WireSyncConversation[];
  gone: string[];
  contacts: { user_id?: string; contact_user_id?: string; is_blocked?: boolean }[];
  active_calls: WireCall[];
  next_after: string | null;
}

export interface WireCallParticipant {
  user_id: string;
  status: string;
  device_id: string | null;
  audio_muted: boolean;
  video_muted: boolean;
  display_name?: string | null;
  username?: string | null;
}

export interface WireCall {
  id: string;
  conversation_id: string;
  type: string;
  status: string;
  initiator_id: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  duration: number;
  reason: string | null;
  participants: WireCallParticipant[];
}

export interface WirePoll {
  message_id: string;
  options: { option: number; count: number; mine: boolean }[];
  multiple: boolean;
  closed: boolean;
  voters: number;
}

export interface WireDevice {
  id: string;
  device_id: string;
  device_name: string | null;
  last_active: string | null;
  presented_from: string | null;
  is_current: boolean;
}

export interface WireLoginSession {
  id: string;
  device_id: string;
  device_name: string | null;
  ip_address: string | null;
  last_active: string;
  created_at: string;
  is_current: boolean;
}

export interface WireSettings {
  notifications_enabled: boolean;
  theme: 'light' | 'dark' | 'system';
  read_receipts: boolean;
  calls_ring_muted: boolean;
  privacy_last_seen: Visibility;
  privacy_profile_photo: Visibility;
  privacy_about: Visibility;
  privacy_groups: Visibility;
  privacy_discoverable: Visibility;
}

export interface WireServer {
  version?: string;
  vapid_public_key?: string | null;
  upload_bytes_max?: number;
  [field: string]: unknown;
}

/** Roles come in any letter case. */
export function roleOf(text: string): Role {
  const role = text.toLowerCase();
  return role === 'owner' || role === 'admin' ? role : 'member';
}
