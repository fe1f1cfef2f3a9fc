# The Debian package: `systemd/package/build`, or `cpack -G DEB` in any build folder that is complete.
set(ROSTERD_PACKAGE_REVISION 1 CACHE STRING "Debian revision of the package")
set(ROSTERD_PACKAGE_CONTACT "rosterd maintainers <maintainers@rosterd.invalid>" CACHE STRING "Maintainer: field of the package")
set(ROSTERD_PACKAGE_VERSION ${PROJECT_VERSION}-${ROSTERD_PACKAGE_REVISION})

# gzip-ed as Debian wants it: the best compression, no time stamp.
function(rosterd_compressed output input)
  add_custom_command(OUTPUT ${output} COMMAND sh -c "gzip -9nc '${input}' > '${output}'" DEPENDS ${input} VERBATIM)
endfunction()
set(here ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_CURRENT_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${made})
configure_file(${here}/changelog.in ${made}/changelog.Debian @ONLY)
rosterd_compressed(${made}/changelog.Debian.gz ${made}/changelog.Debian)
rosterd_compressed(${made}/changelog.gz ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
rosterd_compressed(${made}/rosterd.8.gz ${documents}/rosterd.8)
rosterd_compressed(${made}/rosterd.toml.5.gz ${documents}/rosterd.toml.5)
add_custom_target(package_inputs ALL DEPENDS
  ${made}/changelog.Debian.gz ${made}/changelog.gz ${made}/rosterd.8.gz ${made}/rosterd.toml.5.gz)
add_dependencies(package_inputs documents)

# Only in the package; `cmake --install` leaves them out.
set(in_package COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${made}/changelog.Debian.gz ${made}/changelog.gz ${here}/copyright DESTINATION share/doc/rosterd ${in_package})
install(FILES ${made}/rosterd.8.gz DESTINATION share/man/man8 ${in_package})
install(FILES ${made}/rosterd.toml.5.gz DESTINATION share/man/man5 ${in_package})
install(FILES ${here}/lintian-overrides DESTINATION share/lintian/overrides RENAME rosterd ${in_package})
install(FILES ${CMAKE_SOURCE_DIR}/systemd/rosterd.toml DESTINATION /etc/rosterd ${in_package})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rosterd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${ROSTERD_PACKAGE_CONTACT})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL common debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${ROSTERD_PACKAGE_REVISION})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "init-system-helpers (>= 1.54~), systemd (>= 252) | systemd-standalone-sysusers (>= 252) | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "SCIM 2.0 and LDAP provisioning bridge")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "\
rosterd keeps an organisation's local users, clients, roles and projects
right, without anyone typing: identity providers push into it over SCIM 2.0,
it follows the LDAP directory, and group membership becomes access.

Departed staff are deactivated, never deleted. New members are invited by
e-mail. Applications on the same machine read the store and ask the daemon
about sign-ins.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${here}/postinst ${here}/prerm ${here}/postrm ${here}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
