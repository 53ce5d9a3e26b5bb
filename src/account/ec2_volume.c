/*
 * ec2_volume.c -- volumes and snapshots.
 *
 * A volume comes with an instance: one for the image's root device and one for each device of the
 * launch that has Ebs. What the launch does not say of the root the image says. When the instance
 * ends, a volume goes with it, unless DeleteOnTermination is false; then it is free, until it is
 * deleted. A snapshot is made of a volume at once.
 */
#include "account/services.h"

enum { SNAPSHOTS_MAX = 10000 };

/* ---- the devices of a launch */

struct device *launch_devices(struct call *call, const struct launch *launch, size_t *n)
{
	const struct json *given = json_get(launch->params, S("BlockDeviceMapping"));
	const struct json *image = json_get(launch->image.wire, S("blockDeviceMapping"));
	struct device *devices = NEWS(call->arena, struct device, (given ? given->count : 0) + 1);
	str root = json_str(launch->image.wire, S("rootDeviceName"));

	devices[0].name = root.n ? root : S("/dev/xvda");
	devices[0].image_ebs = image ? json_get(image->first, S("ebs")) : NULL;
	*n = 1;
	JSON_EACH(device, given)
	{
		const struct json *ebs = json_get(device, S("Ebs"));
		str name = json_str(device, S("DeviceName"));

		if (ebs && str_eq(name, root))
			devices[0].ebs = ebs;
		else if (ebs)
			devices[(*n)++] = (struct device){ name, ebs, NULL };
	}
	return devices;
}

str device_value(const struct device *device, str launch_name, str image_name)
{
	str value = json_str(device->ebs, launch_name);

	return value.n ? value : json_str(device->image_ebs, image_name);
}

/* ---- volumes */

static struct json *volume_wire(struct call *call, const struct device *device, str id, str zone)
{
	struct arena *arena = call->arena;
	struct json *wire = json_new(arena, JSON_OBJECT);
	str size = device_value(device, S("VolumeSize"), S("volumeSize"));
	str type = device_value(device, S("VolumeType"), S("volumeType"));
	str snapshot = device_value(device, S("SnapshotId"), S("snapshotId"));
	str encrypted = device_value(device, S("Encrypted"), S("encrypted"));
	struct ec2_item of = ec2_find(call, ec2_type_by_name(S("snapshot")), snapshot);

	if (!size.n)
		size = json_str(of.wire, S("volumeSize"));
	json_put_str(arena, wire, S("volumeId"), id);
	json_put_str(arena, wire, S("size"), size.n ? size : S("8"));
	json_put_str(arena, wire, S("availabilityZone"), zone);
	json_put_str(arena, wire, S("availabilityZoneId"), ec2_zone_id(arena, zone));
	json_put_str(arena, wire, S("status"), S("in-use"));
	json_put_str(arena, wire, S("createTime"), ec2_time(call));
	json_put_str(arena, wire, S("volumeType"), type.n ? type : S("gp2"));
	json_put_str(arena, wire, S("encrypted"), encrypted.n ? encrypted : S("false"));
	json_put_str(arena, wire, S("snapshotId"), snapshot);
	if (json_get(device->ebs, S("Iops")))
		json_put_str(arena, wire, S("iops"), json_str(device->ebs, S("Iops")));
	if (json_get(device->ebs, S("Throughput")))
		json_put_str(arena, wire, S("throughput"), json_str(device->ebs, S("Throughput")));
	return wire;
}

static bool goes_with_instance(const struct device *device)
{
	return !str_eq_nocase(json_str(device->ebs, S("DeleteOnTermination")), S("false"));
}

static struct json *attachment(struct call *call, const struct device *device)
{
	struct json *entry = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, entry, S("status"), S("attached"));
	json_put_str(call->arena, entry, S("attachTime"), ec2_time(call));
	json_put_bool(call->arena, entry, S("deleteOnTermination"), goes_with_instance(device));
	return entry;
}

static void put_volume(struct call *call, const struct device *device, str zone, str instance_id,
	const struct json *tags, struct json *shown)
{
	struct arena *arena = call->arena;
	str id = new_resource_id(arena, S("vol-"));
	struct ec2_item item = { .type = ec2_type_by_name(S("volume")), .id = id };
	struct json *wire = volume_wire(call, device, id, zone), *entry;

	entry = json_put(wire, S("attachmentSet"), json_new(arena, JSON_ARRAY));
	entry = json_push(entry, attachment(call, device));
	json_put_str(arena, entry, S("volumeId"), id);
	json_put_str(arena, entry, S("instanceId"), instance_id);
	json_put_str(arena, entry, S("device"), device->name);
	json_put_str(arena, wire, S("attachedTo"), instance_id);
	ec2_put(call, &item, wire, tags);
	shown = json_push(shown, json_new(arena, JSON_OBJECT));
	json_put_str(arena, shown, S("deviceName"), device->name);
	entry = json_put(shown, S("ebs"), attachment(call, device));
	json_put_str(arena, entry, S("volumeId"), id);
}

struct json *put_volumes(struct call *call, const struct launch *launch, str zone, str instance_id,
	const struct json *tags)
{
	struct json *shown = json_new(call->arena, JSON_ARRAY);
	size_t n;
	const struct device *devices = launch_devices(call, launch, &n);

	for (size_t i = 0; i < n; i++)
		put_volume(call, &devices[i], zone, instance_id, tags, shown);
	return shown;
}

static void free_volume(struct call *call, const struct record *record)
{
	const struct json *old = json_get(record->value, S("wire"));
	const struct json *attached = json_get(old, S("attachmentSet"));
	struct json *value, *wire;

	if (!attached || !attached->first ||
		!str_eq(json_str(attached->first, S("deleteOnTermination")), S("false"))) {
		call_delete(call, record->key);
		return;
	}
	value = json_clone(call->arena, record->value);
	wire = json_get(value, S("wire"));
	json_put_str(call->arena, wire, S("status"), S("available"));
	json_put(wire, S("attachmentSet"), json_new(call->arena, JSON_ARRAY));
	json_remove(wire, S("attachedTo"));
	call_put(call, record->key, value);
}

void free_volumes(struct call *call, str instance_id)
{
	size_t n;
	const struct record *const *records = ec2_range(call, ec2_type_by_name(S("volume")), &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(json_str(json_get(records[i]->value, S("wire")), S("attachedTo")),
			    instance_id))
			free_volume(call, records[i]);
}

bool ec2_delete_volume(struct call *call)
{
	struct ec2_item item;
	str instance_id;

	if (!ec2_need(call, "volume", S("VolumeId"), &item))
		return false;
	instance_id = json_str(item.wire, S("attachedTo"));
	if (instance_id.n)
		return refuse(call, FAULT_EC2_VOLUME_IN_USE,
			"Volume %.*s is currently attached to %.*s", STR(item.id),
			STR(instance_id));
	return ec2_remove(call, &item);
}

/* ---- snapshots */

static struct json *snapshot_wire(struct call *call, const struct ec2_item *volume, str id)
{
	struct arena *arena = call->arena;
	struct json *wire = json_new(arena, JSON_OBJECT);

	json_put_str(arena, wire, S("snapshotId"), id);
	json_put_str(arena, wire, S("volumeId"), volume->id);
	json_put_str(arena, wire, S("status"), S("completed"));
	json_put_str(arena, wire, S("startTime"), ec2_time(call));
	json_put_str(arena, wire, S("progress"), S("100%"));
	json_put_str(arena, wire, S("ownerId"), call->account_id);
	json_put_str(arena, wire, S("volumeSize"), json_str(volume->wire, S("size")));
	json_put_str(arena, wire, S("description"), get_str(call, S("Description")));
	json_put_str(arena, wire, S("encrypted"), json_str(volume->wire, S("encrypted")));
	json_put_str(arena, wire, S("storageTier"), S("standard"));
	return wire;
}

static bool allow_snapshot(struct call *call, const struct ec2_item *volume, struct json **tags)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));
	struct keys keys = { .arena = call->arena };

	if (!ec2_spec_types(call, specs, S("snapshot")) ||
		!ec2_spec_tags(call, specs, S("snapshot"), tags))
		return false;
	keys_add(&keys, S("ec2:ParentVolume"), volume->arn);
	keys_add(&keys, S("ec2:VolumeSize"), json_str(volume->wire, S("size")));
	keys_add(&keys, S("ec2:Encrypted"), json_str(volume->wire, S("encrypted")));
	return ec2_allow_create(call, S("snapshot"), *tags, &keys) &&
	       ec2_allow(call, volume, NULL, NULL);
}

bool ec2_create_snapshot(struct call *call)
{
	struct ec2_item volume, item;
	struct json *tags, *wire;
	size_t n;
	str id;

	if (!need_str(call, S("VolumeId"), &id))
		return false;
	volume = ec2_find(call, ec2_type_by_name(S("volume")), id);
	if (!allow_snapshot(call, &volume, &tags))
		return false;
	if (!volume.wire)
		return ec2_missing(call, &volume);
	ec2_range(call, ec2_type_by_name(S("snapshot")), &n);
	if (n >= SNAPSHOTS_MAX)
		return refuse(call, FAULT_EC2_SNAPSHOT_LIMIT,
			"You have reached the limit of %d snapshots", SNAPSHOTS_MAX);
	if (!ec2_go_ahead(call))
		return false;
	id = new_resource_id(call->arena, S("snap-"));
	item = ec2_find(call, ec2_type_by_name(S("snapshot")), id);
	wire = snapshot_wire(call, &volume, id);
	ec2_put(call, &item, wire, tags);
	item.wire = wire;
	item.tags = tags;
	call->output = ec2_answer(call, &item);
	json_put_str(call->arena, call->output, S("status"), S("pending"));
	json_put_str(call->arena, call->output, S("progress"), S(""));
	return true;
}

bool ec2_delete_snapshot(struct call *call)
{
	struct ec2_item item;

	return ec2_need(call, "snapshot", S("SnapshotId"), &item) && ec2_remove(call, &item);
}
