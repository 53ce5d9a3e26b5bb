# terraform.sh -- what the tests with Terraform share: read by them behind tap.sh, once $about says what
# they are about. The AWS provider is looked for in the usual local mirrors, and in
# TERRAFORM_PLUGINS; without it, or without terraform, all is skipped.
plugins=
for dir in ${TERRAFORM_PLUGINS:-} "$HOME/.terraform.d/plugins" /usr/local/share/terraform/plugins /usr/share/terraform/plugins /opt/*; do
	[ -d "$dir/registry.terraform.io/hashicorp/aws" ] && plugins=$dir && break
done
if ! command -v terraform >/dev/null || [ -z "$plugins" ]; then
	skip_all "Terraform against $about" "terraform or its AWS provider is not installed"
fi

cat >"$work/rc" <<END
provider_installation {
  filesystem_mirror {
    path = "$plugins"
  }
}
END
mkdir "$work/module"
cat >"$work/module/provider.tf" <<'END'
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-west-2"
}
END
export TF_CLI_CONFIG_FILE="$work/rc" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

tf() { terraform "$@" >"$work/out" 2>&1 </dev/null; status=$?; }
